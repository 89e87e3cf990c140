//! The codes byte by byte, and everything that must not be read as one.

use super::*;
use proptest::prelude::*;

fn sample() -> PageCode {
    PageCode {
        paper: 1,
        page: 2,
        of: 3,
        request: RequestId::from_bits(0x2_1234_5678_9abc),
        serial: CardSerial::from_number(100_200_300),
        layout: LayoutId(0x0101),
        digest: Digest::from_bits(0x0123_4567_89ab_cdef),
        corner: 0,
    }
}

fn any_code() -> impl Strategy<Value = PageCode> {
    let numbers = (
        0..=15u8,
        (1..=15u8).prop_flat_map(|of| (1..=of, Just(of))),
        0..3u8,
        any::<u16>(),
    );
    (numbers, 0..1u64 << 50, 0..1_000_000_000u32, 0..1u64 << 60).prop_map(
        |((paper, (page, of), corner, layout), request, serial, digest)| PageCode {
            paper,
            page,
            of,
            request: RequestId::from_bits(request),
            serial: CardSerial::from_number(serial),
            layout: LayoutId(layout),
            digest: Digest::from_bits(digest),
            corner,
        },
    )
}

/// The code of these bytes with a check that holds, whatever they say.
fn sealed(mut bytes: [u8; PAGE_CODE_BYTES]) -> String {
    let check = CRC32C.checksum(&bytes[..26]);
    bytes[26..].copy_from_slice(&check.to_be_bytes());
    base45::encode(bytes)
}

fn bytes_of(code: &PageCode) -> [u8; PAGE_CODE_BYTES] {
    base45::decode(code.encode().expect("writes"))
        .expect("base45")
        .try_into()
        .expect("30 bytes")
}

#[test]
fn the_bytes_of_a_page_code_stand_where_the_format_says() {
    let bytes = bytes_of(&sample());
    assert_eq!(
        hex::encode(&bytes[..26]),
        format!(
            "112302123456789abc{:010x}01010123456789abcdef0000",
            sample().serial.bits()
        )
    );
    assert_eq!(bytes[26..], CRC32C.checksum(&bytes[..26]).to_be_bytes());
    assert_eq!(
        CRC32C.checksum(b"123456789"),
        0xe306_9283,
        "the published check value of CRC-32C"
    );
}

#[test]
fn a_page_code_with_a_defect_says_which() {
    let what = PageCode::WHAT;
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes_of(&sample());
        bytes[at] = value;
        PageCode::decode(&sealed(bytes))
    };
    assert_eq!(changed(0, 0x21), Err(CodeError::Version { what, found: 2 }));
    assert_eq!(changed(1, 0x43), Err(CodeError::Page { what, page: 4, of: 3 }));
    assert_eq!(changed(1, 0x03), Err(CodeError::Page { what, page: 0, of: 3 }));
    assert_eq!(changed(2, 0x04), Err(CodeError::Reserved { what }));
    assert_eq!(changed(16, 0x11), Err(CodeError::Reserved { what }));
    assert_eq!(changed(24, 3), Err(CodeError::Corner { found: 3 }));
    assert_eq!(changed(25, 1), Err(CodeError::Reserved { what }));
    assert!(matches!(
        changed(9, 0xff),
        Err(CodeError::Id(IdError::Length { .. }))
    ));
    assert!(matches!(
        changed(13, bytes_of(&sample())[13] ^ 1),
        Err(CodeError::Id(IdError::Check { .. }))
    ));
    assert_eq!(
        PageCode::decode(""),
        Err(CodeError::Length {
            what,
            want: 45,
            got: 0
        })
    );
    assert_eq!(
        PageCode::decode(&"É".repeat(22).replacen("É", "ÉA", 1)),
        Err(CodeError::Alphabet { what })
    );
}

#[test]
fn a_request_that_does_not_fit_is_refused_when_written() {
    let noise: Vec<u8> = (0..400u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    assert!(matches!(
        DataCode { cbor: noise }.encode(),
        Err(CodeError::TooLong { max: 320, .. })
    ));
    let long = DataCode {
        cbor: vec![7; DATA_CODE_MAX_CBOR + 1],
    };
    assert!(matches!(long.encode(), Err(CodeError::TooLong { .. })));
}

#[test]
fn a_bomb_in_a_data_code_stays_within_its_limit() {
    let mut bytes = vec![VERSION, DataCode::DEFLATED];
    bytes.extend(compress_to_vec(&vec![0; 200_000], 9));
    bytes.extend(CRC32C.checksum(&bytes).to_be_bytes());
    assert!(bytes.len() <= DATA_CODE_MAX_BYTES);
    assert_eq!(
        DataCode::decode(&base45::encode(bytes)),
        Err(CodeError::Unfold {
            max: DATA_CODE_MAX_CBOR
        })
    );
}

#[test]
fn the_parts_of_an_ocr_line_stand_where_the_format_says() {
    let line = sample().line();
    let text = line.encode().expect("writes");
    assert_eq!(text.len(), OCR_LINE_CHARS);
    assert_eq!(&text[..4], "1123");
    assert_eq!(text[4..16], line.request.compact());
    assert_eq!(&text[18..19], "<");
    assert_eq!(text[19..29], line.serial.to_string());
    assert_eq!(text[29..41], line.digest.to_string());
}

#[test]
fn an_ocr_line_of_another_version_says_so() {
    let mut first: Vec<Symbol> = sample().line().encode().expect("writes")[..16]
        .chars()
        .filter_map(Symbol::from_char)
        .collect();
    first[0] = Symbol::of(2);
    first.extend(symbols::rs2(&first));
    let text = format!(
        "{}{}",
        symbols::to_text(&first),
        &sample().line().encode().expect("writes")[18..]
    );
    assert_eq!(
        OcrLine::decode(&text),
        Err(CodeError::Version {
            what: OcrLine::WHAT,
            found: 2
        })
    );
}

proptest! {
    #[test]
    fn codes_and_lines_are_read_as_they_were_written(code in any_code()) {
        let text = code.encode().expect("writes");
        prop_assert_eq!(text.len(), PAGE_CODE_CHARS);
        prop_assert_eq!(PageCode::decode(&text), Ok(code));
        let line = code.line().encode().expect("writes");
        prop_assert_eq!(OcrLine::decode(&line), Ok(code.line()));
        prop_assert_eq!(OcrLine::decode(&line.to_lowercase()), Ok(code.line()));
    }

    #[test]
    fn one_changed_character_is_never_read(code in any_code(), at in 0..PAGE_CODE_CHARS, to in "[0-9A-Z $%*+./:-]") {
        let text = code.encode().expect("writes");
        let bad = [&text[..at], &to, &text[at + 1..]].concat();
        if bad != text { prop_assert!(PageCode::decode(&bad).is_err()); }
        let line = code.line().encode().expect("writes");
        let at = at % OCR_LINE_CHARS;
        let bad = [&line[..at], &to, &line[at + 1..]].concat();
        match OcrLine::decode(&bad) {
            Ok(read) => prop_assert_eq!(read, code.line()),
            Err(_) => prop_assert_ne!(bad, line),
        }
    }

    #[test]
    fn request_data_survives_the_data_code(cbor in proptest::collection::vec(any::<u8>(), 0..300)) {
        let code = DataCode { cbor };
        let text = code.encode().expect("fits");
        prop_assert!(text.len() <= DATA_CODE_MAX_CHARS);
        prop_assert_eq!(DataCode::decode(&text), Ok(code));
    }

    #[test]
    fn no_text_makes_a_decoder_panic(text in "\\PC{0,60}", upper in "[0-9A-Z $%*+./:<-]{0,500}") {
        for t in [&text, &upper] {
            prop_assert!(PageCode::decode(t).is_err());
            let _ = DataCode::decode(t);
            prop_assert!(OcrLine::decode(t).is_err());
        }
    }

    #[test]
    fn no_bytes_with_a_right_check_make_a_decoder_panic(
        page in proptest::array::uniform30(any::<u8>()), data in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(code) = PageCode::decode(&sealed(page)) {
            prop_assert_eq!(code.encode(), Ok(sealed(page)));
        }
        let mut data = [vec![VERSION, DataCode::DEFLATED], data].concat();
        data.extend(CRC32C.checksum(&data).to_be_bytes());
        let _ = DataCode::decode(&base45::encode(data));
    }
}

#[test]
fn a_greek_double_name_fits_and_what_fitted_before_is_written_as_before() {
    let text = |s: &str| [&[0x78, s.len() as u8][..], s.as_bytes()].concat();
    let greek = [
        text("Παπαδοπούλου-Κωνσταντινίδου"),
        text("Αικατερίνη Ευαγγελία Μαρία"),
        text("aikaterini.papadopoulou-konstantinidou@office.example"),
        text("Υπουργείο Ψηφιακής Διακυβέρνησης"),
        text("Διεύθυνση Υποδειγμάτων"),
        text("Λεωφόρος Βασιλίσσης Σοφίας"),
        text("Θεσσαλονίκη"),
        text("Οικογένεια Αλεξανδροπούλου-Ζαφειρίδη"),
        text("Ταχυδρομική Θυρίδα 1234"),
        text("CHE"),
        text("1990-01-31"),
        text("X1234567"),
        text("GR"),
        text("54624"),
        text("bern"),
    ];
    let code = DataCode { cbor: greek.concat() };
    assert!(DataCode::sealed(VERSION, 0, &code.cbor).len() > DATA_CODE_MAX_BYTES);
    let text = code.encode().expect("fits when it is folded");
    assert_eq!(base45::decode(&text).expect("base45")[0], 2);
    assert_eq!(DataCode::decode(&text), Ok(code));
    let short = DataCode {
        cbor: b"short".to_vec(),
    };
    assert_eq!(
        base45::decode(short.encode().expect("fits")).expect("base45")[0],
        VERSION
    );
    // A window that does not exist, and one in version 1, which has none.
    for (version, flags) in [(2, 8), (1, 2), (1, 4)] {
        let bytes = DataCode::sealed(version, flags, b"x");
        assert_eq!(
            DataCode::decode(&base45::encode(bytes)),
            Err(CodeError::Reserved { what: "a data code" })
        );
    }
    let bytes = DataCode::sealed(3, 0, b"x");
    assert!(matches!(
        DataCode::decode(&base45::encode(bytes)),
        Err(CodeError::Version { found: 3, .. })
    ));
}
