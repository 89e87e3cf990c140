//! The forms in which PDFs carry pages, and files that were broken or made to do harm.

use super::tests::{all_pages, codes_of, only, printed, read, request, scanned};
use super::*;
use crate::domain::Request;
use crate::rehearsal::scanner;
use image::GrayImage;

/// A page that must be drawn, and is: what the drawer gives.
struct Draws(GrayImage);

impl Rasterise for Draws {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<GrayImage, RasteriseError> {
        Ok(self.0.clone())
    }
}

/// A one-page PDF around a picture stream: its extra keys, its bytes, the page's content and extra keys.
fn pdf_around(picture: lopdf::Dictionary, bytes: Vec<u8>, content: &str, page: lopdf::Dictionary) -> Vec<u8> {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let mut image = dictionary! { "Type" => "XObject", "Subtype" => "Image" };
    picture.into_iter().for_each(|(key, value)| image.set(key, value));
    let image = pdf.add_object(Stream::new(image, bytes).with_compression(false));
    let content = pdf.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
    let mut leaf = dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "Im0" => image } },
    };
    // Setting, not extending, which would append to the array that is there.
    page.into_iter().for_each(|(key, value)| leaf.set(key, value));
    let leaf = pdf.add_object(leaf);
    pdf.objects.insert(
        tree,
        dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(leaf)], "Count" => 1 }.into(),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut out = Vec::new();
    pdf.save_to(&mut out).expect("written to memory");
    out
}

fn sized(grey: &GrayImage, bits: i64, space: &str) -> lopdf::Dictionary {
    use lopdf::dictionary;
    dictionary! {
        "Width" => i64::from(grey.width()), "Height" => i64::from(grey.height()), "ColorSpace" => space,
        "BitsPerComponent" => bits,
    }
}

const UPRIGHT: &str = "q 595 0 0 842 0 0 cm /Im0 Do Q";

#[test]
fn plain_pictures_are_lifted_out_in_the_forms_that_scanners_write() {
    use image::imageops::{rotate90, rotate270};
    use lopdf::dictionary;
    let r = request(1);
    let grey = printed(&r, 2, 150).grey;
    let deflated = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1);
    let flate = |mut dict: lopdf::Dictionary| {
        dict.set("Filter", "FlateDecode");
        dict
    };
    let rgb: Vec<u8> = grey.as_raw().iter().flat_map(|&v| [v; 3]).collect();
    let bilevel: Vec<u8> = grey
        .as_raw()
        .chunks(grey.width() as usize)
        .flat_map(|row| {
            row.chunks(8).map(|b| {
                b.iter()
                    .enumerate()
                    .fold(0, |n, (i, v)| n | u8::from(*v > 127) << (7 - i))
            })
        })
        .collect();
    let predicted: Vec<u8> = grey
        .as_raw()
        .chunks(grey.width() as usize)
        .flat_map(|row| [&[0u8][..], row].concat())
        .collect();
    let mut with_predictor = flate(sized(&grey, 8, "DeviceGray"));
    with_predictor.set(
        "DecodeParms",
        dictionary! { "Predictor" => 15, "Colors" => 1, "BitsPerComponent" => 8, "Columns" => i64::from(grey.width()) },
    );
    let mut dct = sized(&grey, 8, "DeviceGray");
    dct.set("Filter", "DCTDecode");
    let jpeg = scanner::jpeg(&grey, 85);
    let searchable = format!("{UPRIGHT} BT 3 Tr /F1 8 Tf 20 30 Td (invisible) Tj ET");
    let none = dictionary! {};
    let files = [
        (
            "grey",
            pdf_around(
                flate(sized(&grey, 8, "DeviceGray")),
                deflated(grey.as_raw()),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "rgb",
            pdf_around(
                flate(sized(&grey, 8, "DeviceRGB")),
                deflated(&rgb),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "bilevel",
            pdf_around(
                flate(sized(&grey, 1, "DeviceGray")),
                deflated(&bilevel),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "predictor",
            pdf_around(with_predictor, deflated(&predicted), UPRIGHT, none.clone()),
        ),
        (
            "raw",
            pdf_around(
                sized(&grey, 8, "DeviceGray"),
                grey.as_raw().clone(),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "searchable",
            pdf_around(dct.clone(), jpeg.clone(), &searchable, none.clone()),
        ),
        ("jpeg", pdf_around(dct.clone(), jpeg, UPRIGHT, none)),
    ];
    for (name, bytes) in &files {
        let reading = only(read(bytes));
        assert_eq!(
            reading.request_id(),
            Some(r.request_id),
            "{name}: {:?}",
            reading.problems()
        );
        assert_eq!(reading.pages()[0].rotation, Some(0), "{name}");
    }
    // Turned in the file and turned back by it: a person sees it upright, and so do we.
    let turned = scanner::jpeg(&rotate270(&grey), 85);
    let mut dict = sized(&rotate270(&grey), 8, "DeviceGray");
    dict.set("Filter", "DCTDecode");
    let wide = dictionary! { "Rotate" => 90, "MediaBox" => vec![0.into(), 0.into(), 842.into(), 595.into()] };
    let by_page = pdf_around(dict, turned, "q 842 0 0 595 0 0 cm /Im0 Do Q", wide);
    let turned = scanner::jpeg(&rotate90(&grey), 85);
    let mut dict = sized(&rotate90(&grey), 8, "DeviceGray");
    dict.set("Filter", "DCTDecode");
    let by_matrix = pdf_around(dict, turned, "q 0 842 -595 0 595 0 cm /Im0 Do Q", dictionary! {});
    for bytes in [by_page, by_matrix] {
        let reading = only(read(&bytes));
        assert_eq!(reading.pages()[0].rotation, Some(0), "{:?}", reading.problems());
    }
}

#[test]
fn a_page_with_more_on_it_than_one_picture_is_drawn() {
    use lopdf::dictionary;
    let r = request(1);
    let drawn = printed(&r, 2, 200).grey;
    let stamped = format!("{UPRIGHT} 100 100 200 50 re f");
    let noted = dictionary! { "Annots" => vec![dictionary! { "Subtype" => "Stamp" }.into()] };
    let white = GrayImage::from_pixel(600, 850, image::Luma([255]));
    for (content, page) in [
        (stamped.as_str(), dictionary! {}),
        (UPRIGHT, noted),
        ("BT /F1 9 Tf (x) Tj ET", dictionary! {}),
    ] {
        let bytes = pdf_around(
            sized(&white, 8, "DeviceGray"),
            white.as_raw().clone(),
            content,
            page,
        );
        let reading = only(Reader::new(&Draws(drawn.clone())).read_files(&[("a", &bytes)]));
        assert_eq!(reading.request_id(), Some(r.request_id));
        let refused = only(read(&bytes));
        assert_eq!(codes_of(&refused), [ProblemCode::PageNotDrawn]);
    }
}

#[test]
fn files_made_to_exhaust_us_are_refused_cheaply() {
    use lopdf::dictionary;
    let bomb = dictionary! {
        "Width" => 100_000, "Height" => 100_000, "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        "Filter" => "FlateDecode",
    };
    let bytes = pdf_around(bomb, vec![0; 100], UPRIGHT, dictionary! {});
    assert_eq!(codes_of(&only(read(&bytes))), [ProblemCode::PageTooLarge]);
    let white = GrayImage::from_pixel(60, 85, image::Luma([255]));
    let small = sized(&white, 8, "DeviceGray");
    for sheet in [
        [0i64, 0, 2_000_000, 2_000_000],
        [0, 0, 0, 0],
        [0, 0, 595, 600_000],
    ] {
        let huge = dictionary! { "MediaBox" => sheet.map(lopdf::Object::from).to_vec() };
        let bytes = pdf_around(small.clone(), white.as_raw().clone(), "BT (x) Tj ET", huge);
        assert_eq!(
            codes_of(&only(read(&bytes))),
            [ProblemCode::PageTooLarge],
            "{sheet:?}"
        );
    }
    // 4 GB of zeros in 4 MB.
    let mut lying = sized(&GrayImage::new(6_000, 8_000), 8, "DeviceGray");
    lying.set("Filter", "FlateDecode");
    let zeros = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 120_000_000], 1);
    let bytes = pdf_around(lying, zeros, UPRIGHT, dictionary! {});
    assert_eq!(codes_of(&only(read(&bytes))), [ProblemCode::PageNotDrawn]);
    // A PNG whose header claims 60,000 × 60,000.
    let mut png = Vec::new();
    white
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .expect("writes");
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let code = codes_of(&only(read(&png)));
    assert!(
        matches!(code[..], [ProblemCode::PageTooLarge | ProblemCode::PageBroken]),
        "{code:?}"
    );
    let many = scanner::pdf_of_jpegs(
        &vec![(scanner::jpeg(&white, 50), white.dimensions()); file::MAX_PAGES + 1],
        72,
    );
    assert_eq!(codes_of(&only(read(&many))), [ProblemCode::FileTooManyPages]);
    let long = vec![b'%'; file::MAX_FILE_BYTES + 1];
    assert_eq!(codes_of(&only(read(&long))), [ProblemCode::FileTooLarge]);
}

/// A page with a finder pattern every `pitch` pixels each way, whose modules have `zoom` pixels.
fn of_finder_patterns(side: u32, pitch: u32, zoom: u32) -> GrayImage {
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (x % pitch / zoom, y % pitch / zoom);
        let ring = (i64::from(x) - 3).abs().max((i64::from(y) - 3).abs());
        image::Luma([if ring == 2 || ring > 3 { 255 } else { 0 }])
    })
}

fn work_on(grey: &GrayImage) -> codes::Codes {
    codes::of_page(&pixels::Picture::of(grey), None, &watch::Nobody).codes
}

#[test]
fn a_row_as_long_as_all_memory_is_refused_before_room_is_made_for_it() {
    use lopdf::{Document, Object, Stream, dictionary};
    let opened = |parameter: &str, value: i64| {
        let mut pdf = Document::with_version("1.5");
        let tree = pdf.new_object_id();
        let mut row = dictionary! { "Predictor" => 10 };
        row.set(parameter, value);
        let packed = dictionary! { "Filter" => "FlateDecode", "DecodeParms" => row };
        let content = pdf.add_object(Stream::new(
            packed,
            miniz_oxide::deflate::compress_to_vec_zlib(b"\0q Q\0", 1),
        ));
        let page = pdf.add_object(dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        });
        let pages = dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(page)], "Count" => 1 };
        pdf.set_object(tree, pages);
        let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        pdf.trailer.set("Root", catalog);
        let mut file = Vec::new();
        pdf.save_to(&mut file).expect("it is written");
        pdf::PdfFile::open(&file)
    };
    for (parameter, value) in [
        ("Columns", 1 << 40),
        ("Colors", i64::MAX),
        ("Columns", 536_870_913),
    ] {
        let refused = opened(parameter, value);
        assert!(
            matches!(refused, Err(file::FileError::Broken(_))),
            "{parameter} {value}"
        );
    }
    let short = opened("Columns", 5).expect("without it the file is a PDF");
    assert!(short.lift(0).is_ok());
}

#[test]
fn a_page_of_finder_patterns_is_given_up_soon() {
    for (side, pitch, zoom) in [(1_600, 9, 1), (2_000, 18, 2), (1_600, 40, 4)] {
        let seen = work_on(&of_finder_patterns(side, pitch, zoom));
        assert!(seen.crowded && seen.found.is_empty(), "pitch {pitch}");
        let codes::Work {
            views,
            triples,
            second,
        } = seen.work;
        assert!(views <= codes::LOOKS.len(), "pitch {pitch}: {views} views");
        assert!(
            triples <= codes::MAX_CROWDED_LOOKS * codes::MAX_TRIPLES,
            "pitch {pitch}: {triples} triples in {views} views"
        );
        assert_eq!(second, 0, "pitch {pitch}: nothing bounds the second decoder");
    }
}

#[test]
fn a_page_with_as_many_patterns_as_are_searched_costs_a_known_amount() {
    // Twelve by twelve patterns, a few below what is called crowded.
    let seen = work_on(&of_finder_patterns(1_500, 125, 4));
    assert!(seen.found.is_empty() && !seen.crowded);
    assert!(
        seen.work.triples > 0 && seen.work.triples <= seen.work.views * codes::MAX_TRIPLES,
        "{:?}",
        seen.work
    );
    // One of our own pages costs a look, and a handful of triples for its four codes.
    let ours = work_on(&printed(&request(1), 1, 150).grey).work;
    assert!(
        ours.views == 1 && ours.triples < 100 && ours.second == 0,
        "{ours:?}"
    );
}

#[test]
fn a_pdf_cut_off_anywhere_is_an_outcome() {
    let r = request(1);
    let bytes = scanned(&all_pages(&r)[1..2]);
    let step = bytes.len() / 60;
    for length in (0..bytes.len()).step_by(step) {
        let scan = read(&bytes[..length]);
        for reading in &scan.readings {
            let right = reading.request_id().is_none_or(|id| id == r.request_id);
            assert!(right && !reading.clean(), "cut at {length}");
        }
    }
}

mod never_panics {
    use super::*;
    use proptest::prelude::*;

    fn base() -> &'static (Vec<u8>, Request) {
        static BASE: std::sync::LazyLock<(Vec<u8>, Request)> = std::sync::LazyLock::new(|| {
            let r = request(3);
            (scanned(&[printed(&r, 2, 100)]), r)
        });
        &BASE
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn on_bytes_of_chance(
            bytes in proptest::collection::vec(any::<u8>(), 0..2_000), head in 0usize..6,
        ) {
            let heads: [&[u8]; 6] =
                [b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"RIFF....WEBP"];
            let bytes = [heads[head], &bytes].concat();
            let _ = looks_like_a_scan(&bytes);
            prop_assert_eq!(only(read(&bytes)).request_id(), None);
        }

        #[test]
        fn on_a_scan_with_changed_bytes_and_never_reads_a_wrong_value(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        ) {
            let (bytes, request) = base();
            let mut bytes = bytes.clone();
            for (at, to) in changes {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            for reading in read(&bytes).readings {
                prop_assert!(reading.request_id().is_none_or(|id| id == request.request_id));
                prop_assert!(reading.card_serial().is_none_or(|s| s == request.data.card_serial));
                prop_assert!(reading.digest().is_none_or(|d| d == request.digest()));
            }
        }
    }
}
