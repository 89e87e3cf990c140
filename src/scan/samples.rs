//! From samples of any depth and colour to grey pixels.

use image::GrayImage;

/// What the components of a pixel mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Space {
    Grey,
    Rgb,
    Cmyk,
    /// The grey of each entry.
    Palette(Vec<u8>),
}

impl Space {
    /// Components a pixel.
    pub const fn components(&self) -> usize {
        match self {
            Space::Grey | Space::Palette(_) => 1,
            Space::Rgb => 3,
            Space::Cmyk => 4,
        }
    }
}

/// How samples are packed.
#[derive(Debug, Clone)]
pub struct Packing {
    pub width: u32,
    pub height: u32,
    pub space: Space,
    /// 1, 2, 4, 8 or 16 a component.
    pub bits: usize,
    /// Components in the data that are none of the colour's, after them.
    pub extra: usize,
    /// What the least and the greatest sample mean, 0 to 1, for each component; empty for the usual.
    pub decode: Vec<(f64, f64)>,
}

impl Packing {
    /// Bytes of a row; rows begin at whole bytes.
    pub fn row(&self) -> usize {
        (self.width as usize * (self.space.components() + self.extra) * self.bits).div_ceil(8)
    }

    /// Bytes of the whole picture.
    pub fn bytes(&self) -> usize {
        self.row() * self.height as usize
    }

    /// The grey pixels; `None` when there are too few bytes or the packing is none that is known.
    pub fn grey(&self, raw: &[u8]) -> Option<GrayImage> {
        if raw.len() < self.bytes() || !matches!(self.bits, 1 | 2 | 4 | 8 | 16) {
            return None;
        }
        let (width, row) = (self.width as usize, self.row());
        let rows = raw.chunks_exact(row.max(1)).take(self.height as usize);
        let (components, all) = (self.space.components(), self.space.components() + self.extra);
        let tables: Vec<[u8; 256]> = (0..components).map(|c| self.table(c)).collect();
        let mut out = Vec::with_capacity(width * self.height as usize);
        let as_it_is = |table: &[u8; 256]| table.iter().zip(0..=255u8).all(|(v, i)| *v == i);
        match (&self.space, self.bits, all) {
            (_, 8, 1) if as_it_is(&tables[0]) => rows.for_each(|r| out.extend_from_slice(r)),
            (Space::Grey | Space::Palette(_), 8, 1) => {
                rows.for_each(|r| out.extend(r.iter().map(|v| tables[0][usize::from(*v)])))
            }
            (Space::Grey | Space::Palette(_), bits @ (1 | 2 | 4), 1) => {
                let (a_byte, mask) = (8 / bits, (1u8 << bits) - 1);
                for r in rows {
                    for (i, byte) in r.iter().enumerate() {
                        for k in 0..a_byte.min(width - (i * a_byte).min(width)) {
                            out.push(tables[0][usize::from(byte >> (8 - bits * (k + 1)) & mask)]);
                        }
                    }
                }
            }
            (_, 8 | 16, _) => {
                // Of sixteen bits the upper eight are enough.
                let (a_sample, a_pixel) = (self.bits / 8, all * self.bits / 8);
                let palette = matches!(self.space, Space::Palette(_));
                if palette && self.bits == 16 {
                    return None;
                }
                for r in rows {
                    for pixel in r.chunks_exact(a_pixel).take(width) {
                        let value = |c: usize| u32::from(tables[c][usize::from(pixel[c * a_sample])]);
                        out.push(match components {
                            1 => value(0) as u8,
                            // Rec. 601 luma, as JPEG has it.
                            3 => ((299 * value(0) + 587 * value(1) + 114 * value(2)) / 1000) as u8,
                            _ => {
                                let ink =
                                    (299 * value(0) + 587 * value(1) + 114 * value(2)) / 1000 + value(3);
                                255 - ink.min(255) as u8
                            }
                        });
                    }
                }
            }
            _ => return None,
        }
        GrayImage::from_raw(self.width, self.height, out)
    }

    /// The value of each sample of a component, or the grey of each palette entry.
    fn table(&self, component: usize) -> [u8; 256] {
        let most = if self.bits >= 8 {
            255
        } else {
            (1usize << self.bits) - 1
        };
        std::array::from_fn(|i| match &self.space {
            Space::Palette(entries) => {
                let index = match self.decode.first() {
                    Some((from, _)) if *from > 0.5 => most.saturating_sub(i),
                    _ => i,
                };
                entries.get(index).copied().unwrap_or(0)
            }
            _ => {
                let (from, to) = self.decode.get(component).copied().unwrap_or((0.0, 1.0));
                let share = i.min(most) as f64 / most as f64;
                ((from + (to - from) * share).clamp(0.0, 1.0) * 255.0).round() as u8
            }
        })
    }
}

/// The grey of a palette's entries, each of `components` bytes in this space; `None` for a space that has no bytes.
pub fn palette(table: &[u8], space: &Space) -> Option<Vec<u8>> {
    let components = space.components();
    let packing = Packing {
        width: (table.len() / components) as u32,
        height: 1,
        space: space.clone(),
        bits: 8,
        extra: 0,
        decode: Vec::new(),
    };
    packing.grey(table).map(GrayImage::into_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packing(width: u32, space: Space, bits: usize) -> Packing {
        Packing {
            width,
            height: 1,
            space,
            bits,
            extra: 0,
            decode: Vec::new(),
        }
    }

    #[test]
    fn samples_of_every_depth_become_grey() {
        let grey = |p: &Packing, raw: &[u8]| p.grey(raw).map(GrayImage::into_raw);
        assert_eq!(
            grey(&packing(10, Space::Grey, 1), &[0b1000_0001, 0b0100_0000]),
            Some(vec![255, 0, 0, 0, 0, 0, 0, 255, 0, 255])
        );
        assert_eq!(
            grey(&packing(3, Space::Grey, 2), &[0b0001_1011]),
            Some(vec![0, 85, 170])
        );
        assert_eq!(
            grey(&packing(3, Space::Grey, 4), &[0x0f, 0x80]),
            Some(vec![0, 255, 136])
        );
        assert_eq!(
            grey(&packing(2, Space::Grey, 16), &[7, 1, 9, 2]),
            Some(vec![7, 9])
        );
        assert_eq!(
            grey(&packing(1, Space::Rgb, 8), &[255, 255, 255]),
            Some(vec![255])
        );
        assert_eq!(
            grey(&packing(2, Space::Cmyk, 8), &[0, 0, 0, 255, 0, 0, 0, 0]),
            Some(vec![0, 255])
        );
        let two = Space::Palette(vec![9, 200]);
        assert_eq!(grey(&packing(2, two, 1), &[0b0100_0000]), Some(vec![9, 200]));
        let mut negative = packing(2, Space::Grey, 8);
        negative.decode = vec![(1.0, 0.0)];
        assert_eq!(grey(&negative, &[0, 255]), Some(vec![255, 0]));
        assert_eq!(
            grey(&packing(2, Space::Grey, 8), &[1]),
            None,
            "too few bytes are no picture"
        );
        assert_eq!(grey(&packing(2, Space::Grey, 3), &[1]), None);
    }
}
