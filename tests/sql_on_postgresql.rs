//! PostgreSQL takes the SQL of the store as it stands: the schema is made and every statement prepared on a private server.
#![cfg(unix)]

use rustix::process::{Pid, Signal, getuid, kill_process};
use siegelpost::adapters::store::sql;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that has not answered by then is not coming: it takes one second, ten on a busy machine.
const START: Duration = Duration::from_secs(60);

/// What is prepared with parameters that the store cannot bind: it has text and 64-bit numbers only.
const UNBINDABLE: &str = "SELECT statement FROM pg_prepared_statements \
     WHERE NOT parameter_types::text[] <@ ARRAY['text', 'bigint'];\n";

#[test]
fn postgresql_takes_every_statement_of_the_store() {
    let server = Server::start();
    // The schema a second time, as at every start of the program.
    let schema: Vec<String> = [sql::VERSION_TABLES, sql::SCHEMA, sql::SCHEMA]
        .concat()
        .iter()
        .map(|text| format!("{text};\n"))
        .collect();
    let prepared: Vec<String> = sql::ALL
        .iter()
        .enumerate()
        .map(|(n, text)| format!("PREPARE s{n} AS {text};\n"))
        .collect();
    let script = [schema.concat(), prepared.concat(), UNBINDABLE.to_owned()].concat();
    assert_eq!(server.run(&script).as_deref(), Ok(""));
}

#[test]
fn postgresql_refuses_what_only_sqlite_knows() {
    let server = Server::start();
    let refusal = server
        .run("CREATE TABLE a (b BLOB);")
        .expect_err("PostgreSQL has no such type");
    assert!(refusal.contains("\"blob\" does not exist"), "{refusal}");
    let found = server.run(&format!("PREPARE a AS SELECT $1::jsonb;\n{UNBINDABLE}"));
    assert!(found.is_ok_and(|statements| statements.contains("jsonb")));
}

/// A server of our own below a temporary folder, reached by a socket in it and by nothing else. It ends with the test, also
/// when the test fails; when the test is killed, the kernel ends it.
struct Server {
    process: Child,
    programs: PathBuf,
    folder: TempDir,
}

impl Server {
    fn start() -> Server {
        let programs = programs();
        // Below /tmp, because the path of a socket holds 107 bytes.
        let folder = tempfile::Builder::new()
            .prefix("siegelpost-pg")
            .tempdir_in("/tmp")
            .expect("a folder");
        let owner = Owner::who_may_run_it();
        if let Owner::Other { user, group } = owner {
            chown(folder.path(), Some(user), Some(group)).expect("root gives folders away");
        }
        let log = folder.path().join("log");
        let data = folder.path().join("data");
        let made = owner
            .command(&programs.join("initdb"), folder.path())
            .args([
                "-U",
                "siegelpost",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .output()
            .expect("setpriv, of util-linux, is there");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let out = File::create(&log).expect("a log");
        let process = owner
            .command(&programs.join("postgres"), folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"])
            .arg(format!("unix_socket_directories={}", folder.path().display()))
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .expect("setpriv was there a moment ago");
        let mut server = Server {
            process,
            programs,
            folder,
        };
        server.wait_until_it_answers(&log);
        server
    }

    fn wait_until_it_answers(&mut self, log: &Path) {
        let begun = Instant::now();
        let log = || std::fs::read_to_string(log).unwrap_or_default();
        while self.run("SELECT;").is_err() {
            let ended = self.process.try_wait().expect("our own child");
            assert!(ended.is_none(), "PostgreSQL ended at its start:\n{}", log());
            assert!(
                begun.elapsed() < START,
                "PostgreSQL does not answer after {START:?}:\n{}",
                log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Has psql run a script up to the first error.
    ///
    /// # Errors
    /// What psql says about the statement that was refused.
    fn run(&self, script: &str) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-q",
                "-t",
                "-A",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "siegelpost",
                "-d",
                "postgres",
                "-f",
                "-",
                "-h",
            ])
            .arg(self.folder.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql is there");
        // A psql that found no server closes its end early; what it says comes below.
        let _ = psql.stdin.take().expect("piped").write_all(script.as_bytes());
        let output = psql.wait_with_output().expect("our own child");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT: at once, and it takes its shared memory with it.
        let _ = kill_process(Pid::from_child(&self.process), Signal::QUIT);
        let _ = self.process.wait();
    }
}

/// Who runs the server: PostgreSQL refuses to run as root.
enum Owner {
    Ourselves,
    Other { user: u32, group: u32 },
}

impl Owner {
    fn who_may_run_it() -> Owner {
        if !getuid().is_root() {
            return Owner::Ourselves;
        }
        let id = |what: &str| {
            let output = Command::new("id")
                .args([what, "postgres"])
                .output()
                .expect("id is everywhere");
            let number = String::from_utf8_lossy(&output.stdout).trim().parse();
            number.expect(
                "root needs the user postgres to run the server: scripts/packages.sh test installs it",
            )
        };
        Owner::Other {
            user: id("-u"),
            group: id("-g"),
        }
    }

    /// The program as that user, ended by the kernel when the test's thread is gone.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("setpriv");
        if let Owner::Other { user, group } = self {
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .arg("--clear-groups");
        }
        command
            .arg("--pdeathsig=QUIT")
            .arg("--")
            .arg(program)
            .current_dir(folder)
            .env("LC_ALL", "C");
        command
    }
}

/// The folder of the newest server programs.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(std::env::split_paths(&path));
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    found.into_iter().find(complete).expect(
        "initdb, postgres and psql are not here: run `scripts/packages.sh test`, which installs PostgreSQL's server programs",
    )
}
