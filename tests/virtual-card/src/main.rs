//! A PIV card for tests: crate `piv-authenticator`, which this project did not write, in a reader of vpcd or of a test's own.
//!
//! `virtual-card HOST:PORT [FOLDER]` dials the reader and speaks vpcd's protocol until the reader hangs up. With a folder the card
//! remembers in it; a copy of the folder is a copy of the card. Without, it is a new card each time.

mod applet;
mod board;

use applet::Applet;
use board::Board;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trussed::virt::{StorageConfig, Store, StoreConfig};

/// Answer to reset: that of a YubiKey 5, whose extensions the applet speaks; it says that it takes extended APDUs, and OpenSC uses no
/// elliptic curves on a card that it does not know by this.
const ATR: [u8; 23] = [
    0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57, 0x59, 0x75,
    0x62, 0x69, 0x4b, 0x65, 0x79, 0x40,
];
/// What a message of one byte asks of the card; longer ones are APDUs.
const OFF: u8 = 0;
const ON: u8 = 1;
const RESET: u8 = 2;
const ASK_ATR: u8 = 4;

/// The line to the reader: messages of two bytes of length and as many bytes.
struct Line(TcpStream);

impl Line {
    /// The next message; `None` when the reader hung up.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 2];
        self.hurry()?;
        match self.0.read_exact(&mut length) {
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                ) =>
            {
                return Ok(None);
            }
            done => done?,
        }
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.hurry()?;
        self.0.read_exact(&mut message)?;
        Ok(Some(message))
    }

    /// vpcd writes length and body apart: without acknowledging at once each APDU waits 40 ms for the second.
    fn hurry(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        std::os::linux::net::TcpStreamExt::set_quickack(&self.0, true)?;
        Ok(())
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let length = u16::try_from(message.len()).map_err(io::Error::other)?;
        self.0.write_all(&[&length.to_be_bytes()[..], message].concat())
    }
}

/// From power to power cut. False when the reader hung up.
fn powered(store: Store, line: &mut Line) -> io::Result<bool> {
    board::run(Board::new(store), |client| {
        let mut applet = Applet::new(client);
        let mut used = false;
        while let Some(message) = line.next()? {
            match message[..] {
                [OFF | RESET] if used => return Ok(true),
                [OFF | RESET | ON] => {}
                [ASK_ATR] => line.send(&ATR)?,
                _ => {
                    used = true;
                    let answer = applet.respond(&message);
                    line.send(&answer)?;
                }
            }
        }
        Ok(false)
    })
}

fn store(folder: Option<&Path>) -> StoreConfig<'static> {
    let part = |name: &str| {
        folder.map_or_else(StorageConfig::ram, |folder| {
            StorageConfig::filesystem(folder.join(name))
        })
    };
    StoreConfig {
        internal: part("internal.bin"),
        external: part("external.bin"),
        // What a card forgets without power.
        volatile: StorageConfig::ram(),
    }
}

fn run(reader: &str, folder: Option<PathBuf>) -> io::Result<()> {
    let stream = TcpStream::connect(reader)?;
    stream.set_nodelay(true)?;
    let mut line = Line(stream);
    let mut store = store(folder.as_deref());
    while store.with_store(|store| powered(store, &mut line))? {
        (store.internal.format, store.external.format) = (false, false);
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(reader), folder) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: virtual-card HOST:PORT [FOLDER]");
        return ExitCode::from(2);
    };
    match run(&reader, folder.map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("virtual-card: {reader}: {e}");
            ExitCode::FAILURE
        }
    }
}
