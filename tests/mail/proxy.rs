//! A TCP proxy that cuts its first connection after so many bytes of the server; the next ones pass.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Proxy {
    pub port: u16,
    /// True once a connection was cut.
    pub has_cut: Arc<AtomicBool>,
}

impl Proxy {
    pub fn cutting_after(bytes: u64, target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let has_cut = Arc::new(AtomicBool::new(false));
        let cut = has_cut.clone();
        std::thread::spawn(move || {
            for (n, client) in listener.incoming().flatten().enumerate() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else {
                    continue;
                };
                let up = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || pass(up.0, up.1, u64::MAX, &AtomicBool::new(false)));
                let cut = cut.clone();
                let limit = if n == 0 { bytes } else { u64::MAX };
                std::thread::spawn(move || pass(server, client, limit, &cut));
            }
        });
        Proxy { port, has_cut }
    }
}

/// Hands bytes on, and says so when it cuts.
fn pass(mut from: TcpStream, mut to: TcpStream, mut left: u64, cut: &AtomicBool) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        let n = left.min(n as u64) as usize;
        left -= n as u64;
        if to.write_all(&buffer[..n]).is_err() {
            break;
        }
        if left == 0 {
            cut.store(true, Ordering::SeqCst);
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
