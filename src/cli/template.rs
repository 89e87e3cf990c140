//! An office's own templates: what is wrong with them, and how the papers look. Works without an office.

use super::{Context, Failure, Outcome, exit};
use crate::app::{self, Outside, write};
use crate::config::Config;
use crate::domain::Language;
use crate::journey::Trouble;
use crate::paper::{EnvelopeTest, Office, Overlay, Press, WindowProfile, built_in_files, preview};
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum TemplateCommand {
    /// Say what is missing, too long or not drawable, with place and language
    Check {
        /// A folder of templates; the office's own when left out
        folder: Option<PathBuf>,
    },
    /// Print every paper with sample data
    Preview {
        /// A folder of templates; the office's own when left out
        folder: Option<PathBuf>,
        /// The folder to print into
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// de, fr, it or en; all when left out
        #[arg(long, value_parser = language)]
        language: Option<Language>,
    },
    /// Write the built-in files, to look at and to copy from what is to be changed
    Defaults {
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Print the page to try an envelope with
    Envelope {
        /// One of the named windows, for instance "C5/6 right"; the office's own when left out
        #[arg(long, value_name = "NAME")]
        window: Option<String>,
        #[arg(long, value_name = "PDF")]
        out: PathBuf,
        /// de, fr, it or en; the office's own when left out
        #[arg(long, value_parser = language)]
        language: Option<Language>,
    },
}

/// A language by its tag.
pub fn language(tag: &str) -> Result<Language, String> {
    Language::ALL
        .into_iter()
        .find(|l| l.tag() == tag)
        .ok_or_else(|| "the languages are de, fr, it and en".into())
}

/// What papers are printed with: the office's own, or a specimen where there is none.
struct Surroundings {
    overlay: Overlay,
    office: Office,
    window: WindowProfile,
    language: Language,
}

fn surroundings(ctx: &Context, folder: Option<&Path>) -> Result<Surroundings, Failure> {
    let config = match Config::read(&ctx.office) {
        Ok(config) => Some(config),
        Err(crate::config::ConfigError::NoOffice(_)) => None,
        Err(e) => return Err(Trouble::from(e).into()),
    };
    let own = config
        .as_ref()
        .and_then(|c| c.office.templates.as_deref())
        .map(|t| ctx.office.join(t));
    let folder = folder.map(Path::to_owned).or(own);
    let overlay = app::overlay(folder)?;
    Ok(match config {
        Some(config) => Surroundings {
            overlay,
            language: config.office.language,
            office: config.office.papers,
            window: config.dispatch.window,
        },
        None => Surroundings {
            overlay,
            office: Office::specimen(),
            window: WindowProfile::c5_left(),
            language: Language::De,
        },
    })
}

/// `template …`
pub fn run(ctx: &mut Context, command: TemplateCommand) -> Outcome {
    let today = Outside::real()
        .clock
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    match command {
        TemplateCommand::Check { folder } => {
            let s = surroundings(ctx, folder.as_deref())?;
            let found = preview::check(&s.overlay, &s.office, &s.window, today);
            for finding in &found {
                ctx.say(finding, || {
                    let language = finding.language.map_or("–", Language::tag);
                    let kind = if finding.is_hint { "hint " } else { "wrong" };
                    format!("{kind}  {language}  {}: {}", finding.place, finding.problem)
                })?;
            }
            if found.iter().any(|f| !f.is_hint) {
                return Ok(exit::REFUSED);
            }
            if !ctx.json {
                writeln!(
                    ctx.out,
                    "good      every paper comes out in {} languages, {} files of your own",
                    Language::ALL.len(),
                    s.overlay.len()
                )?;
            }
            Ok(exit::DONE)
        }
        TemplateCommand::Preview {
            folder,
            out,
            language,
        } => {
            let s = surroundings(ctx, folder.as_deref())?;
            let press = Press::new(&s.overlay).map_err(|e| Failure::Unreadable(e.to_string()))?;
            let mut code = exit::DONE;
            for language in Language::ALL
                .into_iter()
                .filter(|l| language.is_none_or(|only| only == *l))
            {
                for preview in press.previews(language, &s.office, &s.window, today) {
                    let file = out.join(format!("{}-{}.pdf", preview.name, language.tag()));
                    match preview.pdf {
                        Ok(pdf) => {
                            write(&file, &pdf)?;
                            let value = serde_json::json!({ "paper": preview.name, "language": language, "file": file });
                            ctx.say(&value, || format!("printed   {}", file.display()))?;
                        }
                        Err(error) => {
                            eprintln!("siegelpost: {} in ‘{}’: {error}", preview.name, language.tag());
                            code = exit::REFUSED;
                        }
                    }
                }
            }
            Ok(code)
        }
        TemplateCommand::Defaults { out } => {
            for (path, text) in built_in_files() {
                let file = out.join(&path);
                write(&file, text.as_bytes())?;
                ctx.say(&serde_json::json!({ "file": file }), || {
                    format!("written   {}", file.display())
                })?;
            }
            Ok(exit::DONE)
        }
        TemplateCommand::Envelope {
            window,
            out,
            language,
        } => {
            let s = surroundings(ctx, None)?;
            let window = match window {
                None => s.window,
                Some(name) => WindowProfile::named(&name).ok_or_else(|| {
                    let names = WindowProfile::NAMES.join(", ");
                    Failure::WrongUse(format!("the window ‘{name}’ is unknown; the names are {names}"))
                })?,
            };
            let press = Press::new(&s.overlay).map_err(|e| Failure::Unreadable(e.to_string()))?;
            let pdf = press
                .envelope_test(EnvelopeTest {
                    language: language.unwrap_or(s.language),
                    office: &s.office,
                    window: &window,
                    on: today,
                })
                .map_err(|e| Trouble::refused("paper", e))?;
            write(&out, &pdf)?;
            ctx.say(&serde_json::json!({ "window": window.name, "file": out }), || {
                format!(
                    "printed   {} for {}: at 100 %, without fitting to the page",
                    out.display(),
                    window.name
                )
            })?;
            Ok(exit::DONE)
        }
    }
}
