//! Writes the seeds of a target into a folder: `seeds TARGET FOLDER`.

use siegelpost_fuzz::checks::seeds;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, folder] = arguments.as_slice() else {
        eprintln!("use: seeds TARGET FOLDER");
        return Ok(ExitCode::from(2));
    };
    let Some(all) = seeds::of(target) else {
        eprintln!("there is no target {target}");
        return Ok(ExitCode::from(2));
    };
    fs::create_dir_all(folder)?;
    for (n, seed) in all.iter().enumerate() {
        fs::write(format!("{folder}/seed-{n:02}"), seed)?;
    }
    Ok(ExitCode::SUCCESS)
}
