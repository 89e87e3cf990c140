//! A Dovecot of our own below a temporary folder, on ports that were free; it ends with the test, also when the test fails.

use crate::certs;
use rustix::process::{Pid, Signal, getuid, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that has not answered by then is not coming: it takes one second, ten on a busy machine.
const START: Duration = Duration::from_secs(60);
/// What the servers' user knows.
pub const PASSWORD: &str = "specimen-password";
pub const TOKEN: &str = "specimen-token";
pub const USER: &str = "lrao";

/// Debian's user for nothing in particular: Dovecot refuses to keep mail for root.
const NOBODY: u32 = 65534;

pub struct Dovecot {
    process: Child,
    folder: TempDir,
    /// TLS from the first byte.
    pub imaps: u16,
    /// STARTTLS.
    pub imap: u16,
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Dovecot {
    pub fn start() -> Dovecot {
        assert!(
            Path::new("/usr/sbin/dovecot").exists(),
            "Dovecot is not here: run `scripts/packages.sh test`, which installs it"
        );
        // Below /tmp, because the path of a socket holds 107 bytes.
        let folder = tempfile::Builder::new()
            .prefix("siegelpost-imap")
            .tempdir_in("/tmp")
            .unwrap();
        let (imap, imaps) = (free_port(), free_port());
        certs::write(folder.path());
        let settings = settings(folder.path(), imap, imaps, introspection());
        fs::write(folder.path().join("dovecot.conf"), settings.0).unwrap();
        fs::write(folder.path().join("oauth2.conf"), settings.1).unwrap();
        fs::write(
            folder.path().join("passwd"),
            format!("{USER}:{{PLAIN}}{PASSWORD}\n"),
        )
        .unwrap();
        for below in ["run", "home", "home/lrao", "home/lrao/Maildir"] {
            fs::create_dir(folder.path().join(below)).unwrap();
        }
        for below in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join("home/lrao/Maildir").join(below)).unwrap();
        }
        give(folder.path());
        let out = fs::File::create(folder.path().join("out")).unwrap();
        let mut command = Command::new("setpriv");
        if getuid().is_root() {
            command
                .arg(format!("--reuid={NOBODY}"))
                .arg(format!("--regid={NOBODY}"))
                .arg("--clear-groups");
        }
        let process = command
            .args(["--pdeathsig=KILL", "--", "/usr/sbin/dovecot", "-F", "-c"])
            .arg(folder.path().join("dovecot.conf"))
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .stdin(Stdio::null())
            .spawn()
            .expect("setpriv, of util-linux, is there");
        let mut server = Dovecot {
            process,
            folder,
            imaps,
            imap,
        };
        server.wait_until_it_answers();
        server
    }

    fn wait_until_it_answers(&mut self) {
        let begun = Instant::now();
        let said = || {
            ["out", "dovecot.log"]
                .map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
                .concat()
        };
        loop {
            let mut greeting = String::new();
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.imap)) {
                stream.set_read_timeout(Some(START)).unwrap();
                let _ = BufReader::new(stream).read_line(&mut greeting);
            }
            if greeting.starts_with("* OK [") {
                return;
            }
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "Dovecot ended at its start:\n{}", said());
            assert!(begun.elapsed() < START, "Dovecot does not answer:\n{}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A folder of the user: `""` is the inbox.
    fn maildir(&self, name: &str) -> PathBuf {
        let maildir = self.folder.path().join("home/lrao/Maildir");
        if name.is_empty() {
            maildir
        } else {
            maildir.join(format!(".{name}"))
        }
    }

    /// A mail arrives.
    pub fn deliver(&self, name: &str, raw: &[u8]) {
        let temporary = self.maildir("").join("tmp").join(name);
        fs::write(&temporary, raw).unwrap();
        give(&temporary);
        fs::rename(&temporary, self.maildir("").join("new").join(name)).unwrap();
    }

    /// What the server wrote down.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("dovecot.log")).unwrap_or_default()
    }

    /// The mails of a folder, byte for byte.
    pub fn mails(&self, folder: &str) -> Vec<Vec<u8>> {
        let mut mails = vec![];
        for sub in ["new", "cur"] {
            let Ok(entries) = fs::read_dir(self.maildir(folder).join(sub)) else {
                continue;
            };
            mails.extend(entries.map(|e| fs::read(e.unwrap().path()).unwrap()));
        }
        mails.sort();
        mails
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let _ = self.process.wait();
    }
}

/// Gives a file, or a folder with all below it, to the server's user.
fn give(path: &Path) {
    if !getuid().is_root() {
        return;
    }
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|e| give(&e.unwrap().path()));
    }
}

fn name_of(what: &str) -> String {
    let mut command = Command::new("id");
    command.arg(what);
    if getuid().is_root() {
        command.arg(NOBODY.to_string());
    }
    let output = command.output().expect("id is everywhere");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn settings(folder: &Path, imap: u16, imaps: u16, introspection: u16) -> (String, String) {
    let (user, group, d) = (name_of("-un"), name_of("-gn"), folder.display());
    let main = format!(
        "base_dir = {d}/run
state_dir = {d}/run
log_path = {d}/dovecot.log
auth_failure_delay = 0
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 50
ssl = required
ssl_cert = <{d}/server.pem
ssl_key = <{d}/server.key
auth_username_format = %Ln
auth_mechanisms = plain xoauth2
passdb {{
  driver = passwd-file
  mechanisms = plain
  args = {d}/passwd
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {d}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={d}/home/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"
    );
    let oauth2 = format!(
        "introspection_mode = post\nintrospection_url = http://127.0.0.1:{introspection}/introspect\n\
         username_attribute = email\nactive_attribute = active\nactive_value = true\n"
    );
    (main, oauth2)
}

/// Says which token is good, as a token server does (RFC 7662); it ends with the test program.
fn introspection() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let is_good = String::from_utf8_lossy(&body).starts_with(&format!("token={TOKEN}&"));
            let answer = format!("{{\"active\": {is_good}, \"email\": \"{USER}\"}}");
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    port
}
