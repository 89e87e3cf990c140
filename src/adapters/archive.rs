//! ZIP archives of papers: for a RIO's printer, and for a print provider.

use std::io::{Cursor, Read, Write};
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Files of a batch: a print file for each envelope and language, and three beside them.
const MAX_FILES: usize = 64;
/// What one file of a batch may unpack to; nothing is compressed, so a batch holds no more than its own size.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

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
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), options)
            .and_then(|()| writer.write_all(bytes).map_err(Into::into))
            .expect("writing to memory does not fail");
    }
    let archive = writer.finish().expect("writing to memory does not fail");
    archive.into_inner()
}

/// The files of an archive of ours with their names, in their order; `None` when it is none.
pub fn unzip(archive: &[u8]) -> Option<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).ok()?;
    if archive.len() > MAX_FILES {
        return None;
    }
    let mut files = Vec::with_capacity(archive.len());
    for n in 0..archive.len() {
        let file = archive.by_index(n).ok()?;
        if file.compression() != CompressionMethod::Stored {
            return None;
        }
        let name = file.name().ok()?.into_owned();
        let mut bytes = Zeroizing::new(Vec::with_capacity(
            usize::try_from(file.size().min(MAX_FILE_BYTES)).ok()?,
        ));
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
        files.push((name, bytes));
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_gives_back_what_was_put_in_and_rubbish_gives_nothing() {
        let files = [
            ("b1/a.pdf".to_owned(), &b"%PDF"[..]),
            ("b1/m.csv".to_owned(), b""),
        ];
        let archive = zip(&files, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(archive, zip(&files, jiff::Timestamp::UNIX_EPOCH));
        let back = unzip(&archive).expect("an archive");
        let back: Vec<_> = back.iter().map(|(n, b)| (n.clone(), &b[..])).collect();
        assert_eq!(back, files);
        assert_eq!(unzip(b"no archive"), None);
        assert_eq!(unzip(&archive[..archive.len() / 2]), None);
    }
}
