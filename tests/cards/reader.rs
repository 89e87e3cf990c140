//! A reader of the tests' own: a virtual card dials it, as it dials vpcd, and it can be cut off at any APDU.

use siegelpost::adapters::card::piv::{PivCard, Transmit};
use siegelpost::adapters::random::SystemSource;
use siegelpost::ports::card::{Card, CardError, ReaderState, Readers};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

const OFF: [u8; 1] = [0];
const ON: [u8; 1] = [1];
/// A card that does not answer for so long is broken: RSA keys take their time.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program with the foreign applet, built once.
pub fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("virtual-card");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/virtual-card/Cargo.toml");
        let done = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(manifest)
            .arg("--target-dir")
            .arg(&target)
            // As its manifest says, whatever the present build is told of its own.
            .env_remove("CARGO_PROFILE_DEV_OPT_LEVEL")
            .status()
            .expect("cargo runs");
        assert!(
            done.success(),
            "the virtual card does not build: is libclang there (scripts/packages.sh test)?"
        );
        target.join("debug/virtual-card")
    })
}

/// Where the connection to the card ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// The APDU does not reach the card any more.
    Before(usize),
    /// The card does what the APDU asks, and its answer is lost.
    After(usize),
}

#[derive(Default)]
struct Log {
    /// APDUs since the count began, by instruction.
    sent: Vec<u8>,
    cut: Option<Cut>,
    gone: bool,
    /// Time that the card took for them.
    spent: Duration,
    extended: bool,
}

struct Socket {
    stream: TcpStream,
    log: Log,
    /// How often the card had power: a connection of before is dead.
    powered: usize,
}

impl Socket {
    fn send(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).expect("a short message");
        self.stream
            .write_all(&[&length.to_be_bytes()[..], message].concat())
            .expect("the card is there");
    }

    fn exchange(&mut self, message: &[u8]) -> Vec<u8> {
        self.send(message);
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).expect("the card answers");
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut answer).expect("the card answers");
        answer
    }
}

/// A reader with a virtual card in it.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    socket: Mutex<Socket>,
    child: Mutex<Child>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(|p| p.into_inner());
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Reader {
    /// A card as its maker delivers it, or, with a folder, the one that the folder remembers.
    pub fn with_card(folder: Option<&Path>) -> Reader {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let mut command = Command::new(program());
        command.arg(address).stdin(Stdio::null());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).expect("a folder for the card");
            command.arg(folder);
        }
        let child = command.spawn().expect("the virtual card runs");
        let (stream, _) = listener.accept().expect("the card dials");
        stream.set_nodelay(true).expect("an option");
        stream.set_read_timeout(Some(PATIENCE)).expect("an option");
        Reader(Arc::new(Inner {
            socket: Mutex::new(Socket {
                stream,
                log: Log::default(),
                powered: 0,
            }),
            child: Mutex::new(child),
        }))
    }

    fn socket(&self) -> std::sync::MutexGuard<'_, Socket> {
        self.0.socket.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// Takes the card out and puts it in again; a connection of before is dead. Counting begins anew.
    pub fn power(&self) -> Result<PivCard<Wire>, CardError> {
        PivCard::select(self.wire(), Arc::new(SystemSource::default()))
    }

    /// The same, with nothing said to the card yet.
    pub fn wire(&self) -> Wire {
        let powered = {
            let mut socket = self.socket();
            socket.send(&OFF);
            socket.send(&ON);
            socket.powered += 1;
            socket.log.gone = false;
            socket.powered
        };
        Wire {
            reader: self.clone(),
            powered,
        }
    }

    /// Begins to count, and to cut where it is asked.
    pub fn count_from_here(&self, cut: Option<Cut>) {
        let mut socket = self.socket();
        let extended = socket.log.extended;
        socket.log = Log {
            cut,
            extended,
            ..Log::default()
        };
    }

    /// The instructions of the APDUs since the count began, and the time that the card took.
    pub fn counted(&self) -> (Vec<u8>, Duration) {
        let socket = self.socket();
        (socket.log.sent.clone(), socket.log.spent)
    }

    /// From here on with APDUs of extended length.
    pub fn extended(&self) {
        self.socket().log.extended = true;
    }

    /// One APDU as it is, past our driver.
    pub fn raw(&self, apdu: &[u8]) -> Vec<u8> {
        self.socket().exchange(apdu)
    }
}

/// The way to the card, for as long as it has power.
pub struct Wire {
    reader: Reader,
    powered: usize,
}

impl Transmit for Wire {
    fn takes_extended(&self) -> bool {
        self.reader.socket().log.extended
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        let absent = || CardError::Absent {
            reader: "the test's reader".into(),
        };
        let mut socket = self.reader.socket();
        if socket.log.gone || socket.powered != self.powered {
            return Err(absent());
        }
        let nth = socket.log.sent.len();
        socket.log.gone = matches!(socket.log.cut, Some(Cut::Before(n) | Cut::After(n)) if n == nth);
        if socket.log.cut == Some(Cut::Before(nth)) {
            return Err(absent());
        }
        socket.log.sent.push(command[1]);
        let start = Instant::now();
        let answer = socket.exchange(command);
        socket.log.spent += start.elapsed();
        if socket.log.gone {
            Err(absent())
        } else {
            Ok(answer)
        }
    }
}

impl Readers for Reader {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        Ok(vec![ReaderState {
            name: "the test's reader".into(),
            chip_id: Some(self.power()?.chip_id()?),
        }])
    }

    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
        let mut card = self.power()?;
        assert_eq!(card.chip_id()?, chip_id);
        Ok(Box::new(card))
    }

    fn wait(&self, _: &[ReaderState], _: Duration) -> Result<Vec<ReaderState>, CardError> {
        self.list()
    }
}
