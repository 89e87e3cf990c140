//! Types that cannot be read: no doubt about a file, which its content tells, and every doubt about what may have parts.

use super::*;

#[test]
fn takes_a_file_whose_type_cannot_be_read_by_its_content() {
    for header in [
        "Content-Type: application/pdf; name=Scan 001.pdf",
        "Content-Type: application/pdf;; name=a.pdf",
        "Content-Type: application/pdf; charset=a; charset=b",
        "Content-Type: application/octet-stream; name=\"unclosed",
        "Content-Type: text/plain; charset=utf-8; charset=utf-8",
        "Content-Type: image/png name=a.png",
    ] {
        for entity in [part(header, PDF), mixed("b", &[part(header, PDF)])] {
            let found = look(&entity);
            assert_eq!(found.attachments.len(), 1, "{header}");
            assert_eq!(found.attachments[0].bytes(), PDF, "{header}");
            assert_eq!(found.problems, [], "{header}");
        }
    }
    let archive = zip_of(&[("a.pdf", PDF)]);
    let found = look(&part("Content-Type: application/zip; name=a b.zip", &archive));
    assert_eq!((labels(&found).len(), found.problems.len()), (1, 0));
    let text = "Content-Type: text/plain; charset=utf-8; charset=utf-8\r\n\r\nGreetings\r\n";
    let found = look(&mixed("b", &[text.to_owned()]));
    assert_eq!(found.text.as_deref().map(str::trim), Some("Greetings"));
    assert_eq!((found.attachments.len(), found.problems.len()), (0, 0));
    // What is no scan is kept as the file that it is, and no text is made of it.
    let letter = "Content-Type: application/msword; name=letter 1.doc";
    let found = look(&mixed("b", &[part(letter, b"Dear sirs")]));
    assert_eq!((found.attachments.len(), found.text), (1, None));
}

#[test]
fn names_a_part_that_may_have_parts_in_some_reading() {
    let parts = "--x\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--x--\r\n";
    let before = "In front of what is found by its content, which is not so far down.\r\n".repeat(20);
    for header in [
        "Content-Type: multipart/mixed;; boundary=x",
        "Content-Type: multipart/mixed; boundary=x; boundary=y",
        "Content-Type: multipart/mixed; boundary=x y=z",
        "Content-Type: \"multipart/mixed\"; boundary=x",
        "Content-Type: application/pdf; a b; boundary=x",
        "Content-Type: message/rfc822; name=Re: the papers",
        "Content-Type: pdf",
        "Content-Type:",
    ] {
        let entity = format!("{header}\r\n\r\n{before}{parts}");
        for entity in [entity.clone(), mixed("b", &[entity])] {
            assert_eq!(codes(&look(&entity)), [ProblemCode::Damaged], "{header}");
        }
    }
    let twice = "Content-Type: application/pdf\r\nContent-Type: application/pdf; a b\r\n\r\n%PDF-1.7\r\n";
    assert_eq!(
        codes(&look(&mixed("b", &[twice.to_owned()]))),
        [ProblemCode::Damaged]
    );
}
