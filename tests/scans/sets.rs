//! The pages of requests as they come from scanners, through the real program: in any order and rotation, with others between.

use super::{PROGRAM, folder, printed, request, request_number, scanned};
use image::imageops::{rotate90, rotate180, rotate270};
use image::{GrayImage, Luma};
use siegelpost::domain::Request;
use siegelpost::rehearsal::container::Form;
use siegelpost::rehearsal::wear::Depth;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Two requests and the three scanned pages of each.
static PEOPLE: LazyLock<[(Request, Vec<GrayImage>); 2]> = LazyLock::new(|| {
    [request(), request_number(0x2_2222_3333_4444, 400_500_600)].map(|request| {
        let pdf = printed(&request);
        let pages = (0..3).map(|i| scanned(&pdf, i, 150, Depth::Grey)).collect();
        (request, pages)
    })
});

fn write(name: &str, pages: &[GrayImage]) -> PathBuf {
    let path = folder("sets").join(name);
    let files = Form::PdfDct.files(pages, (150, 150), 60);
    std::fs::write(&path, &files[0].1).expect("written");
    path
}

/// The lines that `read --json` writes, and its exit code.
fn read(options: &[&str], paths: &[PathBuf]) -> (Vec<serde_json::Value>, Option<i32>) {
    let run = Command::new(PROGRAM)
        .args(["read", "--json"])
        .args(options)
        .args(paths)
        .output()
        .expect("it starts");
    let text = String::from_utf8(run.stdout).expect("UTF-8");
    let lines = text.lines().map(|l| serde_json::from_str(l).expect("JSON"));
    (lines.collect(), run.status.code())
}

fn problems(line: &serde_json::Value) -> Vec<&str> {
    let list = line["problems"].as_array().expect("a list");
    list.iter().filter_map(|p| p["code"].as_str()).collect()
}

#[track_caller]
fn is_whole(line: &serde_json::Value, request: &Request) {
    let id = serde_json::to_value(request.request_id).expect("plain data");
    assert_eq!(line["request"]["request_id"], id, "{}", line["problems"]);
    assert_eq!(line["request"]["complete"], true, "{}", line["problems"]);
    let fields = serde_json::to_value(&request.data).expect("plain data");
    assert_eq!(line["request"]["fields"], fields);
}

/// A page of somebody else: text in lines, no code.
fn cover_sheet() -> GrayImage {
    GrayImage::from_fn(1240, 1754, |x, y| {
        let text =
            (150..1000).contains(&x) && (200..900).contains(&y) && y % 40 < 14 && (x / 9 + y / 40) % 4 != 0;
        Luma([if text { 30 } else { 250 }])
    })
}

fn blank() -> GrayImage {
    GrayImage::from_pixel(1240, 1754, Luma([247]))
}

#[test]
fn pages_come_in_any_order_and_rotation_with_blank_ones_between() {
    let (request, pages) = &PEOPLE[0];
    let scan = [
        blank(),
        rotate90(&pages[2]),
        rotate180(&pages[0]),
        blank(),
        rotate270(&pages[1]),
    ];
    let (lines, code) = read(&[], &[write("order.pdf", &scan)]);
    assert_eq!((lines.len(), code), (1, Some(0)), "{}", lines[0]["problems"]);
    is_whole(&lines[0], request);
    let said: Vec<_> = lines[0]["pages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|p| (p["page"].as_u64(), p["rotation"].as_u64()))
        .collect();
    let wanted = [
        (None, None),
        (Some(3), Some(270)),
        (Some(1), Some(180)),
        (None, None),
        (Some(2), Some(90)),
    ];
    assert_eq!(said, wanted);
}

#[test]
fn a_cover_sheet_leaves_the_request_whole_and_is_for_a_person_to_look_at() {
    let (request, pages) = &PEOPLE[0];
    let scan = [&[cover_sheet()], &pages[..]].concat();
    let (lines, code) = read(&[], &[write("cover.pdf", &scan)]);
    assert_eq!((lines.len(), code), (1, Some(1)));
    is_whole(&lines[0], request);
    assert_eq!(problems(&lines[0]), ["page_unread"]);
}

#[test]
fn several_requests_in_one_file_are_told_apart_even_with_their_pages_mixed() {
    let [(one, a), (two, b)] = &*PEOPLE;
    let scan = [&a[0], &b[2], &a[1], &b[0], &b[1], &a[2]].map(Clone::clone);
    let (lines, code) = read(&[], &[write("mixed.pdf", &scan)]);
    assert_eq!((lines.len(), code), (2, Some(0)));
    is_whole(&lines[0], one);
    is_whole(&lines[1], two);
    for line in &lines {
        assert_eq!(line["pages"].as_array().map(Vec::len), Some(3));
    }
}

#[test]
fn a_page_of_another_request_between_is_a_request_of_its_own_that_lacks_pages() {
    let [(one, a), (two, b)] = &*PEOPLE;
    let scan = [&a[0], &a[1], &b[1], &a[2]].map(Clone::clone);
    let (lines, code) = read(&[], &[write("between.pdf", &scan)]);
    assert_eq!((lines.len(), code), (2, Some(1)));
    is_whole(&lines[0], one);
    assert!(problems(&lines[0]).is_empty());
    let id = serde_json::to_value(two.request_id).expect("plain data");
    assert_eq!(lines[1]["request"]["request_id"], id);
    assert_eq!(lines[1]["request"]["missing"], serde_json::json!([1, 3]));
}

#[test]
fn one_request_over_several_files_is_whole_when_they_are_read_together() {
    let (request, pages) = &PEOPLE[0];
    let paths = [
        write("part-1.pdf", &pages[2..]),
        write("part-2.pdf", &pages[..1]),
        write("part-3.pdf", &pages[1..2]),
    ];
    let (lines, code) = read(&["--together"], &paths);
    assert_eq!((lines.len(), code), (1, Some(0)), "{}", lines[0]["problems"]);
    is_whole(&lines[0], request);
    // Each by itself lacks the others.
    let (lines, code) = read(&[], &paths);
    assert_eq!((lines.len(), code), (3, Some(1)));
    assert!(lines.iter().all(|l| l["request"]["complete"] == false));
}

#[test]
fn a_page_twice_and_a_page_missing_are_each_named() {
    let (_, pages) = &PEOPLE[0];
    let twice = [&pages[0], &pages[1], &pages[1], &pages[2]].map(Clone::clone);
    let missing = [&pages[0], &pages[2]].map(Clone::clone);
    let paths = [write("twice.pdf", &twice), write("missing.pdf", &missing)];
    let (lines, code) = read(&[], &paths);
    assert_eq!((lines.len(), code), (2, Some(1)));
    assert_eq!(problems(&lines[0]), ["page_twice"]);
    assert_eq!(lines[0]["request"]["complete"], true);
    assert_eq!(problems(&lines[1]), ["page_missing"]);
    assert_eq!(lines[1]["request"]["missing"], serde_json::json!([2]));
}

#[test]
fn the_picture_of_each_problem_is_found_by_its_name() {
    let (_, pages) = &PEOPLE[0];
    // Half of the data code is scratched out, and the line of the second page is covered.
    let mut first = pages[0].clone();
    let mut second = pages[1].clone();
    let grey = |p: &mut GrayImage, [x, y, w, h]: [u32; 4]| {
        for (px, py, pixel) in p.enumerate_pixels_mut() {
            if (x..x + w).contains(&px) && (y..y + h).contains(&py) {
                *pixel = Luma([120 + ((px * 7 + py * 13) % 90) as u8]);
            }
        }
    };
    let layout = siegelpost::paper::layout_of(siegelpost::paper::layout_id(
        siegelpost::paper::layout::CURRENT,
        siegelpost::domain::Paper::Request,
        siegelpost::domain::Language::En,
    ))
    .expect("printed");
    let pixels = |mm: f64| (mm * 150.0 / 25.4) as u32;
    let data = layout.place("data_code").expect("it has one");
    grey(
        &mut first,
        [
            pixels(data.x_mm),
            pixels(data.y_mm),
            pixels(data.w_mm),
            pixels(data.h_mm) / 2,
        ],
    );
    let line = layout.place("ocr").expect("it has one");
    grey(
        &mut second,
        [
            pixels(line.x_mm),
            pixels(line.y_mm) - 6,
            pixels(line.w_mm),
            pixels(line.h_mm) + 12,
        ],
    );
    let path = write("problems.pdf", &[first, second, cover_sheet()]);
    let explained = folder("sets").join("explained");
    let _ = std::fs::remove_dir_all(&explained);
    let folder = explained.to_str().expect("UTF-8").to_owned();
    let (lines, _) = read(&["--explain", &folder], &[path]);
    let mut codes = problems(&lines[0]);
    codes.sort_unstable();
    assert_eq!(
        codes,
        ["data_unread", "line_unread", "page_missing", "page_unread"]
    );
    let list = std::fs::read_to_string(explained.join("explained.txt")).expect("written");
    for name in [
        "problem-data_unread-page-1-data_code.png",
        "problem-line_unread-page-2-ocr_2.png",
        "problem-page_unread-page-3-page.png",
    ] {
        assert!(list.contains(name), "{name}: {list}");
        let picture = image::open(explained.join(name)).expect("a picture");
        assert!(picture.width() > 60 && picture.height() > 15, "{name}");
    }
    assert!(list.contains("no page shows it: page_missing"), "{list}");
}
