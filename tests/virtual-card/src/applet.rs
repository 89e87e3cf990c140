//! The applet behind raw APDUs: puts chained commands together, and hands long answers out in parts (ISO 7816-4, 5.3).

use crate::board::Client;
use heapless::Vec as Buffer;
use iso7816::command::CommandView;
use piv_authenticator::{Authenticator, Options};

/// More than the longest certificate with its frame.
const LARGEST: usize = 4096;
/// The whole identifier of the application (SP 800-73-4 part 1, 2.2).
const AID: [u8; 11] = [0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0];
const MORE_FOLLOWS: u8 = 0x10;
const SELECT: u8 = 0xa4;
const GET_RESPONSE: u8 = 0xc0;

pub struct Applet<'a> {
    piv: Authenticator<Client<'a>>,
    chained: Vec<u8>,
    waiting: Vec<u8>,
}

impl<'a> Applet<'a> {
    pub fn new(client: Client<'a>) -> Applet<'a> {
        Applet {
            piv: Authenticator::new(client, Options::new()),
            chained: vec![],
            waiting: vec![],
        }
    }

    /// The answer to an APDU, short or extended, with its status.
    pub fn respond(&mut self, apdu: &[u8]) -> Vec<u8> {
        let Ok(command) = CommandView::try_from(apdu) else {
            return vec![0x67, 0x00];
        };
        let [class, ins, p1, p2] = [apdu[0], apdu[1], apdu[2], apdu[3]];
        if ins == GET_RESPONSE {
            return self.part(command.expected());
        }
        self.chained.extend_from_slice(command.data());
        if self.chained.len() > LARGEST {
            self.chained.clear();
            return vec![0x67, 0x00];
        }
        if class & MORE_FOLLOWS != 0 {
            return vec![0x90, 0x00];
        }
        let mut data = std::mem::take(&mut self.chained);
        // The applet wants its whole name; a card takes the beginning of it from the maker's part on (ISO 7816-4, 11.2.2), and some
        // programs say no more.
        if ins == SELECT && data.len() >= 5 && AID.starts_with(&data) {
            data = AID.to_vec();
        }
        let length = u16::try_from(data.len()).expect("bounded above").to_be_bytes();
        let mut whole = vec![class, ins, p1, p2];
        if !data.is_empty() {
            whole.extend([0, length[0], length[1]]);
            whole.extend(&data);
        }
        let mut answer = Buffer::<u8, 8192>::new();
        let Ok(whole) = CommandView::try_from(&whole[..]) else {
            return vec![0x67, 0x00];
        };
        match self.piv.respond(whole, &mut answer) {
            Ok(()) => {
                self.waiting = answer.to_vec();
                self.part(command.expected())
            }
            Err(status) => {
                let status: [u8; 2] = status.into();
                status.to_vec()
            }
        }
    }

    /// As much of the waiting answer as was asked for, and whether more follows.
    fn part(&mut self, expected: usize) -> Vec<u8> {
        let most = if expected == 0 { 256 } else { expected };
        let rest = self.waiting.split_off(self.waiting.len().min(most));
        let mut part = std::mem::replace(&mut self.waiting, rest);
        match self.waiting.len() {
            0 => part.extend([0x90, 0x00]),
            more => part.extend([0x61, u8::try_from(more).unwrap_or(0)]),
        }
        part
    }
}
