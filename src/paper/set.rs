//! The request set: request, receipt and subscriber agreement as one file, with the codes that bring it back.

use super::codes::{CodeError, DataCode, OcrLine, PageCode};
use super::document::{Document, Element};
use super::error::PaperError;
use super::layout::{CURRENT, Layout, Place, layout_id, layout_of};
use super::letter::address_lines;
use super::office::Office;
use super::press::Press;
use super::qr::Symbol;
use super::template::Filling;
use crate::domain::{Delivery, Digest, DocumentKind, Paper, Request};
use jiff::civil::Date;
use qrcode::EcLevel;

/// The papers of a set in their order.
const PAPERS: [Paper; 3] = [Paper::Request, Paper::Receipt, Paper::Agreement];

/// Page codes are always of this version (33 modules), so that their corners lie where the layout says.
const PAGE_CODE_VERSION: i16 = 4;

/// The data code has at least this version, so that its quiet zone of four modules stays narrow, and at most that of its format.
const DATA_CODE_VERSIONS: (i16, i16) = (8, 13);

/// How many of the longest fields are named when the data code is too small for them.
const LONGEST_NAMED: usize = 3;

/// What a set is printed from.
#[derive(Clone, Copy)]
pub struct SetInput<'a> {
    pub request: &'a Request,
    pub office: &'a Office,
    /// The name of the RIO who will sign.
    pub rio_name: &'a str,
    /// The site as people call it.
    pub site_name: &'a str,
    pub on: Date,
}

/// A printed set.
#[derive(Clone, Debug)]
pub struct PrintedSet {
    pub pdf: Vec<u8>,
    pub pages: u8,
    /// The digest that stands in every code and line.
    pub digest: Digest,
    /// Where the machine will look, pages counted over the set.
    pub layout: Vec<Place>,
    /// The layout of each page, in order.
    pub layouts: Vec<Layout>,
    /// Which text the holder agrees to.
    pub agreement_version: String,
}

impl Press {
    /// Prints the papers of a request.
    ///
    /// # Errors
    /// [`PaperError::TooLong`], [`PaperError::MissingGlyph`] and [`PaperError::DataCode`] name the field; [`PaperError::ReadBack`] when a code
    /// cannot be read from its own pixels. Nothing is printed then.
    pub fn request_set(&self, input: SetInput) -> Result<PrintedSet, PaperError> {
        let SetInput { request, .. } = input;
        let language = request.data.language;
        let kind = request.data.travel_document.kind;
        let digest = request.digest();
        let of = PAPERS.len() as u8;
        let layouts = PAPERS
            .into_iter()
            .map(|paper| layout_of(layout_id(CURRENT, paper, language)))
            .collect::<Option<Vec<Layout>>>()
            .ok_or_else(|| PaperError::pdf("a paper has no layout"))?;
        let mut filling = self.filling_of(input)?;
        let title = filling.text("document-title")?;
        let mut document = Document::new(language, title);
        let mut places = Vec::new();
        for (layout, page) in layouts.iter().zip(1u8..) {
            let paper = layout.paper;
            places.extend(layout.in_set(page, kind));
            filling
                .numbers
                .extend([("page".into(), page.into()), ("pages".into(), of.into())]);
            let title = self
                .texts
                .get(language, &format!("{}-title", paper.name()), &[])?;
            filling.set("title", title);
            filling.set(
                "paper",
                self.texts
                    .get(language, &format!("paper-{}", paper.name()), &[])?,
            );
            filling.set("page_of", filling.text("label-page-value")?);
            let (number, serial) = (paper.number(), request.data.card_serial);
            let request_id = request.request_id;
            for corner in 0..3 {
                let code = PageCode {
                    paper: number,
                    page,
                    of,
                    request: request_id,
                    serial,
                    layout: layout.id,
                    digest,
                    corner,
                };
                let name = format!("page_code_{corner}");
                let version = PAGE_CODE_VERSION;
                let symbol = Symbol::of(&name, &code.encode()?, version, version, EcLevel::H)?;
                filling.codes.insert(name, symbol);
            }
            let line = OcrLine {
                paper: number,
                page,
                of,
                request: request_id,
                serial,
                digest,
            };
            filling.ocr = Some(line.encode()?);
            document.new_page(layout.width_mm, layout.height_mm);
            document.open(Element::new("Part"));
            filling.layout = Some(layout);
            // The head is read out once; on the pages that follow it is furniture.
            if page == 1 {
                filling.flags.insert("first");
            } else {
                filling.flags.remove("first");
            }
            self.templates.draw(&mut document, paper.name(), &filling)?;
            document.close();
        }
        Ok(PrintedSet {
            pdf: super::pdf::write(document, input.on)?,
            pages: of,
            digest,
            layout: places,
            layouts,
            agreement_version: self.agreement(language).version.clone(),
        })
    }

    /// Everything of a request that its templates may show.
    fn filling_of<'a>(&'a self, input: SetInput<'a>) -> Result<Filling<'a>, PaperError> {
        let SetInput {
            request,
            office,
            rio_name,
            site_name,
            on,
        } = input;
        let d = &request.data;
        let language = d.language;
        let mut f = Filling::new(&self.texts, language);
        let text = |key: &str| self.texts.get(language, key, &[]);
        let (kind_key, flag) = match d.travel_document.kind {
            DocumentKind::Passport => ("document-passport", "passport"),
            DocumentKind::IdentityCard => ("document-identity-card", "identity_card"),
        };
        let delivery = match d.delivery {
            Delivery::Post => "delivery-post",
            Delivery::Rio => "delivery-rio",
        };
        f.flags.insert(flag);
        for (name, value) in [
            ("request_id", request.request_id.to_string()),
            ("card_serial", d.card_serial.grouped()),
            ("person.family_name", d.person.family_name.clone()),
            ("person.given_names", d.person.given_names.clone()),
            (
                "person.birth_date",
                self.texts.date_short(language, d.person.birth_date)?,
            ),
            ("person.nationality", d.person.nationality.clone()),
            ("person.ahv", d.person.ahv.clone().unwrap_or_default()),
            ("mail", d.mail.clone()),
            ("organisation.name", d.organisation.name.clone()),
            ("organisation.unit", d.organisation.unit.clone()),
            ("site", site_name.to_owned()),
            ("delivery", text(delivery)?),
            ("travel_document.kind", text(kind_key)?),
            ("travel_document.number", d.travel_document.number.clone()),
            ("travel_document.issuer", d.travel_document.issuer.clone()),
            (
                "travel_document.expiry",
                self.texts.date_short(language, d.travel_document.expiry)?,
            ),
            ("holder_name", d.full_name()),
            ("rio_name", rio_name.to_owned()),
            ("printed", self.texts.date_long(language, on)?),
            ("office.name", office.name.clone()),
            ("office_phone", office.phone.clone()),
            ("agreement_version", self.agreement(language).version.clone()),
        ] {
            f.set(name, value);
        }
        f.prose = Some(self.agreement(language));
        let lines = address_lines(&self.texts, language, &d.address)?;
        f.lists
            .insert("address", lines.into_iter().map(|line| vec![line]).collect());
        f.codes.insert("data_code".into(), data_code(request)?);
        Ok(f)
    }
}

/// The data code of a request; when it does not fit, the longest fields are named.
fn data_code(request: &Request) -> Result<Symbol, PaperError> {
    let code = DataCode {
        cbor: request.to_cbor(),
    };
    let text = code.encode().map_err(|error| match error {
        CodeError::TooLong { got, max } => PaperError::DataCode {
            got,
            max,
            fields: longest_fields(request),
        },
        other => PaperError::Code(other),
    })?;
    let (from, to) = DATA_CODE_VERSIONS;
    Symbol::of("data_code", &text, from, to, EcLevel::M)
}

fn longest_fields(request: &Request) -> String {
    let d = &request.data;
    let a = &d.address;
    let mut fields = [
        ("person.family_name", Some(&d.person.family_name)),
        ("person.given_names", Some(&d.person.given_names)),
        ("mail", Some(&d.mail)),
        ("organisation.name", Some(&d.organisation.name)),
        ("organisation.unit", Some(&d.organisation.unit)),
        ("address.care_of", a.care_of.as_ref()),
        ("address.street", a.street.as_ref()),
        ("address.po_box", a.po_box.as_ref()),
        ("address.town", Some(&a.town)),
    ]
    .map(|(name, text)| (text.map_or(0, String::len), name));
    fields.sort_unstable_by_key(|(length, name)| (std::cmp::Reverse(*length), *name));
    let named = fields[..LONGEST_NAMED]
        .iter()
        .map(|(length, name)| format!("{name} ({length} bytes)"));
    named.collect::<Vec<_>>().join(", ")
}
