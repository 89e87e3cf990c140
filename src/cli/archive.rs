//! ZIP archives of papers: for a RIO's printer, and for a print provider.

use std::io::Write;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The files as a ZIP, in the order given. They are stored as they are: a PDF is compressed already. The same files and time give
/// the same bytes.
pub fn zip(files: &[(String, &[u8])], at: jiff::Timestamp) -> Vec<u8> {
    let day = at.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |n: i8| u8::try_from(n).unwrap_or_default();
    let time = DateTime::from_date_and_time(
        u16::try_from(day.year()).unwrap_or_default(),
        part(day.month()),
        part(day.day()),
        part(day.hour()),
        part(day.minute()),
        part(day.second()),
    )
    .unwrap_or_default();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(time)
        .unix_permissions(0o600);
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), options)
            .and_then(|()| writer.write_all(bytes).map_err(Into::into))
            .expect("writing to memory does not fail");
    }
    let archive = writer.finish().expect("writing to memory does not fail");
    archive.into_inner()
}
