//! DER as a tree that can be changed and written again with lengths that fit: so changes get past the outermost length.

use crate::mutate::Dice;

/// Deeper elements stay bytes.
const MAX_DEPTH: usize = 24;
/// Bytes that a changed value grows by at most.
const MAX_GROWTH: usize = 64;

#[derive(Clone)]
struct Node {
    tag: u8,
    form: Form,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Vec<u8>),
    /// What stands before the children: the count of unused bits in a BIT STRING.
    Nodes(Vec<u8>, Vec<Node>),
}

#[derive(Clone, Copy)]
enum Form {
    Definite,
    LongLength,
    Indefinite,
}

/// `der` with one thing in it changed; `donor` lends elements. `None` when `der` is no run of definite-length elements.
pub fn change(
    der: &[u8],
    donor: &[u8],
    dice: &mut Dice,
    bytes: &mut dyn FnMut(&mut Vec<u8>, usize),
) -> Option<Vec<u8>> {
    let mut nodes = parse(der, 0)?;
    for _ in 0..=dice.below(2) {
        change_one(&mut nodes, donor, dice, bytes);
    }
    let mut out = Vec::new();
    nodes.iter().for_each(|node| node.write(&mut out));
    Some(out)
}

fn parse(mut bytes: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    if depth > MAX_DEPTH {
        return None;
    }
    while !bytes.is_empty() {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 3))?;
                (digits.iter().fold(0, |n, d| n << 8 | usize::from(*d)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        let prefix = usize::from(tag == 3);
        let inside = match tag {
            _ if tag & 0x20 != 0 => parse(value, depth + 1),
            // What is wrapped: extensions, keys, contents.
            3 | 4 if value.len() > prefix + 2 => parse(&value[prefix..], depth + 1),
            _ => None,
        };
        let content = match inside {
            Some(children) if tag & 0x20 != 0 => Content::Nodes(Vec::new(), children),
            Some(children) => Content::Nodes(value[..prefix].to_vec(), children),
            None => Content::Bytes(value.to_vec()),
        };
        nodes.push(Node {
            tag,
            form: Form::Definite,
            content,
        });
    }
    Some(nodes)
}

impl Node {
    fn count(&self) -> usize {
        1 + match &self.content {
            Content::Bytes(_) => 0,
            Content::Nodes(_, children) => children.iter().map(Node::count).sum(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut value = Vec::new();
        match &self.content {
            Content::Bytes(bytes) => value.extend_from_slice(bytes),
            Content::Nodes(prefix, children) => {
                value.extend_from_slice(prefix);
                children.iter().for_each(|child| child.write(&mut value));
            }
        }
        out.push(self.tag);
        match self.form {
            Form::Indefinite => {
                out.push(0x80);
                out.extend_from_slice(&value);
                out.extend_from_slice(&[0, 0]);
                return;
            }
            Form::LongLength => {
                out.push(0x84);
                out.extend_from_slice(&(value.len() as u32).to_be_bytes());
            }
            Form::Definite => match value.len() {
                short @ 0..=0x7f => out.push(short as u8),
                length @ 0x80..=0xff => out.extend_from_slice(&[0x81, length as u8]),
                length @ 0x100..=0xffff => {
                    out.push(0x82);
                    out.extend_from_slice(&(length as u16).to_be_bytes());
                }
                length => {
                    out.push(0x83);
                    out.extend_from_slice(&(length as u32).to_be_bytes()[1..]);
                }
            },
        }
        out.extend_from_slice(&value);
    }
}

/// The list of siblings that holds the `n`th node, and its place there.
fn find(nodes: &mut Vec<Node>, mut n: usize) -> Option<(&mut Vec<Node>, usize)> {
    for at in 0..nodes.len() {
        if n == 0 {
            return Some((nodes, at));
        }
        n -= 1;
        let below = nodes[at].count() - 1;
        if n < below {
            let Content::Nodes(_, children) = &mut nodes[at].content else {
                return None;
            };
            return find(children, n);
        }
        n -= below;
    }
    None
}

fn change_one(
    nodes: &mut Vec<Node>,
    donor: &[u8],
    dice: &mut Dice,
    bytes: &mut dyn FnMut(&mut Vec<u8>, usize),
) {
    let total: usize = nodes.iter().map(Node::count).sum();
    let Some((siblings, at)) = find(nodes, dice.below(total.max(1))) else {
        return;
    };
    let other = dice.below(siblings.len());
    match dice.below(12) {
        0..=4 => {
            let node = &mut siblings[at];
            let mut value = match &node.content {
                Content::Bytes(value) => value.clone(),
                Content::Nodes(..) => {
                    let mut whole = Vec::new();
                    node.write(&mut whole);
                    whole
                }
            };
            let limit = value.len() + MAX_GROWTH;
            bytes(&mut value, limit);
            node.content = Content::Bytes(value);
        }
        5 => drop(siblings.remove(at)),
        6 => siblings.insert(other, siblings[at].clone()),
        7 => siblings.swap(at, other),
        8 => {
            siblings[at].tag = dice.pick(&[
                1, 2, 3, 4, 5, 6, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x24, 0x30, 0x31, 0x80, 0x82, 0xa0,
                0xa1, 0xa2,
            ])
        }
        9 => siblings[at].form = dice.pick(&[Form::LongLength, Form::Indefinite]),
        10 => {
            let inside = siblings.remove(at);
            let tag = dice.pick(&[0x30, 0x31, 0xa0, 0x24]);
            let content = Content::Nodes(Vec::new(), vec![inside]);
            siblings.insert(
                at,
                Node {
                    tag,
                    form: Form::Definite,
                    content,
                },
            );
        }
        _ => {
            let Some(mut lent) = parse(donor, 0) else { return };
            let count: usize = lent.iter().map(Node::count).sum();
            if let Some((from, place)) = find(&mut lent, dice.below(count.max(1))) {
                siblings[at] = from[place].clone();
            }
        }
    }
}
