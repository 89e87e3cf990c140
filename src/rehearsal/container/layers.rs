//! A page taken apart as compressing scanners do (mixed raster content): what is ink, and what is paper and pictures.

use image::imageops::{FilterType, resize, thumbnail};
use image::{GrayImage, Luma};

/// Paper and pictures are kept at this resolution, in dots per inch.
const GROUND_DPI: u32 = 100;
/// The colour of the ink is kept at this one.
const INK_DPI: u32 = 25;
/// The paper is as light as the lightest of so many ground pixels around: strokes are narrower.
const AROUND: i64 = 4;
/// Ink is darker than this share of the paper around it, in percent.
const DARK: u32 = 70;

/// The parts of a page.
pub(super) struct Layers {
    /// Paper and pictures, without the ink.
    pub ground: GrayImage,
    /// Black where the ink is, as fine as the page.
    pub mask: GrayImage,
    /// How dark the ink is.
    pub ink: GrayImage,
}

impl Layers {
    /// Takes a page apart that was scanned at `dpi`.
    pub fn of(page: &GrayImage, dpi: u32) -> Layers {
        let coarse = |size: u32, to: u32| (size * to.min(dpi) / dpi).max(1);
        let (width, height) = page.dimensions();
        let small = thumbnail(page, coarse(width, GROUND_DPI), coarse(height, GROUND_DPI));
        let lightest = |x: u32, y: u32| {
            let around = |at: u32, most: u32| {
                let at = i64::from(at);
                (at - AROUND).max(0) as u32..=(at + AROUND).min(i64::from(most) - 1) as u32
            };
            around(y, small.height())
                .flat_map(|v| around(x, small.width()).map(move |u| (u, v)))
                .map(|(u, v)| small.get_pixel(u, v).0[0])
                .max()
                .unwrap_or(255)
        };
        let paper = GrayImage::from_fn(small.width(), small.height(), |x, y| Luma([lightest(x, y)]));
        let paper = resize(&paper, width, height, FilterType::Triangle);
        let mut mask = page.clone();
        for (pixel, paper) in mask.iter_mut().zip(paper.iter()) {
            *pixel = if u32::from(*pixel) * 100 < u32::from(*paper) * DARK {
                0
            } else {
                255
            };
        }
        // Below the ink the ground goes on as the paper around it, which JPEG likes best.
        let mut without = page.clone();
        let parts = without.iter_mut().zip(mask.iter().zip(paper.iter()));
        parts
            .filter(|(_, (mask, _))| **mask == 0)
            .for_each(|(pixel, (_, paper))| *pixel = *paper);
        let mut only = page.clone();
        let parts = only.iter_mut().zip(mask.iter());
        parts
            .filter(|(_, mask)| **mask != 0)
            .for_each(|(pixel, _)| *pixel = 40);
        Layers {
            ground: thumbnail(&without, small.width(), small.height()),
            mask,
            ink: thumbnail(&only, coarse(width, INK_DPI), coarse(height, INK_DPI)),
        }
    }
}
