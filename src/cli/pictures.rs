//! Pictures of what a scan shows, as files that are found by the name of the problem, check or place they are about.

use crate::domain::{Check, CheckCode};
use crate::scan::{Crop, Problem, Scan};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder into which pictures are written, and the names that are taken in it.
pub struct Pictures {
    folder: PathBuf,
    taken: BTreeSet<String>,
}

impl Pictures {
    /// Writes into this folder, which is made when it is not there.
    pub fn into(folder: &Path) -> io::Result<Pictures> {
        fs::create_dir_all(folder)?;
        Ok(Pictures {
            folder: folder.to_owned(),
            taken: BTreeSet::new(),
        })
    }

    /// Writes the picture of each problem as `problem-CODE-page-N-PLACE.png`, N being the page's place in its file. Returns a line
    /// for each problem: the picture's name, or that no page shows it, and what the problem is.
    pub fn problems(&mut self, scan: &Scan) -> io::Result<Vec<String>> {
        let mut told: Vec<&Problem> = Vec::new();
        let mut lines = Vec::new();
        for reading in &scan.readings {
            for problem in reading.problems() {
                // A page that names no request is a problem of every reading.
                if told.contains(&problem) {
                    continue;
                }
                told.push(problem);
                let code = problem.code.as_str();
                let picture = match reading.crop_of(problem) {
                    Some(crop) => {
                        let name = format!("problem-{code}-page-{}-{}", crop.spot.index, crop.spot.name);
                        self.write(&name, crop)?
                    }
                    None => "no page shows it".to_owned(),
                };
                lines.push(format!("{picture}: {code}: {}", problem.detail));
            }
        }
        Ok(lines)
    }

    /// Writes the picture of each check as `check-CODE.png`. Returns a line for each check that has one.
    pub fn checks(&mut self, checks: &[Check], crops: &[Crop]) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        for check in checks {
            let shown = crops.iter().find(|crop| shows(crop, check));
            if let Some(crop) = shown {
                let picture = self.write(&format!("check-{}", check.code), crop)?;
                lines.push(format!("{picture}: {}: {}", check.code, check.detail));
            }
        }
        Ok(lines)
    }

    /// Writes every picture as `page-N-PLACE.png`, N being the page of the set, or `file-page-N-PLACE.png` where that is not
    /// known. Returns a line for each.
    pub fn places(&mut self, crops: &[Crop]) -> io::Result<Vec<String>> {
        crops
            .iter()
            .map(|crop| {
                let name = match crop.page {
                    Some(page) => format!("page-{page}-{}", crop.spot.name),
                    None => format!("file-page-{}-{}", crop.spot.index, crop.spot.name),
                };
                let picture = self.write(&name, crop)?;
                Ok(format!("{picture}: {}, page {}", crop.spot.file, crop.spot.index))
            })
            .collect()
    }

    /// Writes one picture; a name that is taken gets a number.
    fn write(&mut self, name: &str, crop: &Crop) -> io::Result<String> {
        let plain: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '_' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        let mut file = format!("{plain}.png");
        let mut number = 2;
        while !self.taken.insert(file.clone()) {
            file = format!("{plain}-{number}.png");
            number += 1;
        }
        fs::write(self.folder.join(&file), &crop.png)?;
        Ok(file)
    }
}

/// Whether a picture is of the place that a check is about.
fn shows(crop: &Crop, check: &Check) -> bool {
    match (&check.place, crop.at_mm) {
        (Some(place), Some(at)) => {
            let asked = [place.x_mm, place.y_mm, place.w_mm, place.h_mm].map(f64::from);
            // The check's numbers are short ones.
            let near = at.iter().zip(asked).all(|(a, b)| (a - b).abs() < 0.01);
            crop.page == Some(place.page) && near
        }
        (Some(_), None) => false,
        // What the codes say is compared with the printed line.
        (None, _) => {
            matches!(
                check.code,
                CheckCode::CodesAgree | CheckCode::SerialCheck | CheckCode::SameRequest
            ) && crop.spot.name.starts_with("ocr_")
        }
    }
}
