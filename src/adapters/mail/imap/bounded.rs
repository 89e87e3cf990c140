//! A connection that reads no more than was asked for: each call has its number of bytes, and a literal that announces more is
//! refused before anything is made ready for it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes that the present call may still read; set anew for each.
#[derive(Clone, Debug, Default)]
pub struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// From here on as many bytes as this.
    pub fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn spend(&self, bytes: u64) -> bool {
        let left = self.left();
        self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
        bytes <= left
    }
}

/// A stream under an allowance.
#[derive(Debug)]
pub struct Bounded<S> {
    inner: S,
    allowance: Allowance,
    at: At,
}

/// Where the server's answer stands: a literal is `{`, its length, `}` and a line end (RFC 3501 section 4.3).
#[derive(Clone, Copy, Debug)]
enum At {
    Line,
    Digits(u64),
    Closed(u64),
    Return(u64),
    Literal(u64),
}

impl<S> Bounded<S> {
    pub fn new(inner: S, allowance: Allowance) -> Bounded<S> {
        Bounded {
            inner,
            allowance,
            at: At::Line,
        }
    }

    pub fn into_inner(self) -> S {
        self.inner
    }

    fn check(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if !self.allowance.spend(bytes.len() as u64) {
            return Err(too_much());
        }
        while let [first, rest @ ..] = bytes {
            self.at = match (self.at, first) {
                (At::Literal(left), _) => {
                    let here = left.min(bytes.len() as u64);
                    bytes = &bytes[here as usize..];
                    self.at = match left - here {
                        0 => At::Line,
                        left => At::Literal(left),
                    };
                    continue;
                }
                (_, b'{') => At::Digits(0),
                // RFC 7888 writes a plus into literals.
                (At::Digits(n), b'+') => At::Digits(n),
                (At::Digits(n), digit @ b'0'..=b'9') => {
                    At::Digits(n.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
                }
                (At::Digits(n), b'}') => At::Closed(n),
                (At::Closed(n), b'\r') => At::Return(n),
                (At::Return(0), b'\n') => At::Line,
                (At::Return(n), b'\n') => {
                    // Part of it may be here already, which has been spent.
                    if n > self.allowance.left().saturating_add(rest.len() as u64) {
                        return Err(too_much());
                    }
                    At::Literal(n)
                }
                _ => At::Line,
            };
            bytes = rest;
        }
        Ok(())
    }
}

fn too_much() -> io::Error {
    io::Error::other("the server sends more than was asked for")
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        Poll::Ready(self.check(&buf.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(allowed: u64, pieces: &[&str]) -> bool {
        let allowance = Allowance::default();
        allowance.set(allowed);
        let mut stream = Bounded::new((), allowance);
        pieces.iter().all(|piece| stream.check(piece.as_bytes()).is_ok())
    }

    #[test]
    fn a_literal_that_announces_too_much_is_refused_before_it_comes() {
        assert!(reads(100, &["* 1 FETCH (BODY[] {5}\r\nhello)\r\n"]));
        assert!(!reads(100, &["* 1 FETCH (BODY[] {10000000000}\r\n"]));
        assert!(!reads(
            100,
            &["* 1 FETCH (BODY[] {99", "999999999999999999999}\r", "\n"]
        ));
    }

    #[test]
    fn a_number_in_braces_within_a_mail_is_text() {
        let mail = "see {10000000000}\r\nbelow";
        let answer = format!("* 1 FETCH (BODY[] {{{}}}\r\n{mail})\r\n", mail.len());
        assert!(reads(200, &[&answer]));
        let (first, second) = answer.split_at(30);
        assert!(reads(200, &[first, second]));
    }

    #[test]
    fn an_answer_without_an_end_is_cut() {
        let line = "* OK still here\r\n";
        assert!(reads(40, &[line, line]));
        assert!(!reads(40, &[line, line, line]));
    }
}
