//! The sRGB output profile (IEC 61966-2-1) as ICC version 4 bytes: what the papers' colours mean.

/// An ICC.1:2010 matrix/TRC display profile of sRGB, adapted to D50.
pub fn profile() -> Vec<u8> {
    let text = |t: &str| {
        let utf16: Vec<u8> = t.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut tag = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
        tag.extend((utf16.len() as u32).to_be_bytes());
        tag.extend(28u32.to_be_bytes());
        tag.extend(utf16);
        tag
    };
    let xyz = |v: [f64; 3]| [b"XYZ \0\0\0\0".to_vec(), v.into_iter().flat_map(fixed).collect()].concat();
    // Y = ((X + 0.055) / 1.055)^2.4 above 0.04045, X / 12.92 below (parametric curve type 3).
    let curve = [
        b"para\0\0\0\0\0\x03\0\0".to_vec(),
        [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]
            .into_iter()
            .flat_map(fixed)
            .collect(),
    ]
    .concat();
    // Bradford adaptation from D65 to D50.
    const ADAPT: [f64; 9] = [
        1.047_882, 0.022_919, -0.050_201, 0.029_587, 0.990_484, -0.017_059, -0.009_232, 0.015_076, 0.751_678,
    ];
    let adaptation = [
        b"sf32\0\0\0\0".to_vec(),
        ADAPT.into_iter().flat_map(fixed).collect(),
    ]
    .concat();
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("sRGB IEC61966-2.1")),
        (b"cprt", text("No copyright, use freely")),
        (b"wtpt", xyz([0.964_2, 1.0, 0.824_9])),
        (b"chad", adaptation),
        (b"rXYZ", xyz([0.436_066, 0.222_488, 0.013_916])),
        (b"gXYZ", xyz([0.385_147, 0.716_873, 0.097_076])),
        (b"bXYZ", xyz([0.143_066, 0.060_608, 0.714_096])),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data: Vec<u8> = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    for (name, tag) in &tags {
        table.extend_from_slice(*name);
        table.extend(((start + data.len()) as u32).to_be_bytes());
        table.extend((tag.len() as u32).to_be_bytes());
        data.extend(tag);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut bytes = ((start + data.len()) as u32).to_be_bytes().to_vec();
    bytes.extend(b"\0\0\0\0\x04\x20\0\0mntrRGB XYZ ");
    // Made on 1 January 2025; a fixed date, so that the bytes are.
    bytes.extend([2025u16, 1, 1, 0, 0, 0].into_iter().flat_map(u16::to_be_bytes));
    bytes.extend(b"acsp");
    bytes.resize(64, 0);
    bytes.extend([0; 4]);
    bytes.extend([0.964_2, 1.0, 0.824_9].into_iter().flat_map(fixed));
    bytes.resize(128, 0);
    bytes.extend(table);
    bytes.extend(data);
    bytes
}

/// An s15Fixed16Number.
fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_profile_says_its_own_length_and_where_its_tags_are() {
        let p = super::profile();
        let number = |at: usize| u32::from_be_bytes(p[at..at + 4].try_into().expect("four")) as usize;
        assert_eq!(number(0), p.len());
        assert_eq!(&p[36..40], b"acsp");
        for tag in 0..number(128) {
            let (at, length) = (number(132 + 12 * tag + 4), number(132 + 12 * tag + 8));
            assert!(at % 4 == 0 && at + length <= p.len());
        }
    }
}
