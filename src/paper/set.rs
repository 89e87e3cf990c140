//! The request set: request, receipt and subscriber agreement as one file, with the codes that bring it back.

use super::codes::{CodeError, DataCode, PageCode};
use super::document::Document;
use super::error::PaperError;
use super::layout::{Layout, Place, current_version, layout_id, layout_of};
use super::letter::address_lines;
use super::office::Office;
use super::press::Press;
use super::qr::Symbol;
use super::template::Filling;
use super::texts::Value;
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
    /// The name of the RIO who will sign; of the LRAO where the card is opened at the desk.
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
        let language = input.request.data.language;
        let mut document = Document::new(language, String::new());
        let layouts = self.draw_set(&mut document, input)?;
        let kind = input.request.data.travel_document.kind;
        let places = layouts
            .iter()
            .zip(1u8..)
            .flat_map(|(l, page)| l.in_set(page, kind));
        Ok(PrintedSet {
            layout: places.collect(),
            pages: PAPERS.len() as u8,
            digest: input.request.digest(),
            agreement_version: self.agreement(language).version.clone(),
            layouts,
            pdf: super::pdf::write(document, input.on)?.bytes,
        })
    }

    /// Prints the papers of many requests into one file, in the order given, with a bookmark for each.
    ///
    /// # Errors
    /// As [`Press::request_set`], and [`PaperError::Nothing`] without a request.
    pub fn request_sets(&self, inputs: &[SetInput]) -> Result<Vec<u8>, PaperError> {
        let Some(first) = inputs.first() else {
            return Err(PaperError::Nothing { what: "request" });
        };
        let language = first.request.data.language;
        let mut document = Document::new(language, String::new());
        for input in inputs {
            let page = document.pages.len();
            self.draw_set(&mut document, *input)?;
            let d = &input.request.data;
            let title = format!(
                "{}, {} · {}",
                d.person.family_name, d.person.given_names, input.request.request_id
            );
            document.bookmarks.push((page, title));
        }
        let count = [("count", Value::from(inputs.len() as i64))];
        document.title = self.texts.get(language, "sets-document", &count)?;
        Ok(super::pdf::write(document, first.on)?.bytes)
    }

    /// Draws the papers of a request and returns the layout of each page. A document without a title takes the request's.
    fn draw_set(&self, document: &mut Document, input: SetInput) -> Result<Vec<Layout>, PaperError> {
        let SetInput { request, .. } = input;
        let language = request.data.language;
        let layouts = PAPERS
            .into_iter()
            .map(|paper| layout_of(layout_id(current_version(paper), paper, language)))
            .collect::<Option<Vec<Layout>>>()
            .ok_or_else(|| PaperError::pdf("a paper has no layout"))?;
        let mut filling = self.filling_of(input)?;
        filling.codes.insert("data_code".into(), self.data_code(request)?);
        if document.title.is_empty() {
            document.title = filling.text("document-title")?;
        }
        for (layout, page) in layouts.iter().zip(1u8..) {
            let code = page_code(layout, request, page, PAPERS.len() as u8);
            self.put_codes(&mut filling, code, layout.paper)?;
            document.new_page(layout.width_mm, layout.height_mm);
            filling.layout = Some(layout);
            self.templates
                .draw_part(document, layout.paper.name(), &filling)?;
        }
        Ok(layouts)
    }

    /// Gives a page what it says of itself: title, page k of n, its three codes and its line.
    pub(super) fn put_codes(
        &self,
        filling: &mut Filling,
        code: PageCode,
        paper: Paper,
    ) -> Result<(), PaperError> {
        let language = filling.language;
        let text = |key: &str| self.texts.get(language, key, &[]);
        let key = format!("{}-title", paper.name().replace('_', "-"));
        let title = text(&key)?;
        filling.set_text("title", key, title);
        let name = text(&format!("paper-{}", paper.name()))?;
        filling.set("paper", name);
        filling.set_number("page", code.page.into());
        filling.set_number("pages", code.of.into());
        filling.set("page_of", filling.text("label-page-value")?);
        for corner in 0..3 {
            let code = PageCode { corner, ..code };
            let name = format!("page_code_{corner}");
            let versions = (PAGE_CODE_VERSION, PAGE_CODE_VERSION);
            let symbol = self.symbol(&name, &code.encode()?, versions, EcLevel::H)?;
            filling.codes.insert(name, symbol);
        }
        filling.ocr = Some(code.line().encode()?);
        // The head is read out once; on the pages that follow it is furniture.
        if code.page == 1 {
            filling.flags.insert("first");
        } else {
            filling.flags.remove("first");
        }
        Ok(())
    }

    /// Prints the request to revoke a person's card, with what is on file about it; who asks, why and since when are
    /// written by hand.
    ///
    /// # Errors
    /// As [`Press::request_set`].
    pub fn revocation_request(&self, input: SetInput) -> Result<Vec<u8>, PaperError> {
        let SetInput { request, on, .. } = input;
        let language = request.data.language;
        let paper = Paper::Revocation;
        let layout = layout_of(layout_id(current_version(paper), paper, language))
            .ok_or_else(|| PaperError::pdf("the revocation request has no layout"))?;
        let mut filling = self.filling_of(input)?;
        let mut document = Document::new(language, filling.text("revocation-document")?);
        self.put_codes(&mut filling, page_code(&layout, request, 1, 1), paper)?;
        filling.layout = Some(&layout);
        document.new_page(layout.width_mm, layout.height_mm);
        self.templates.draw_part(&mut document, paper.name(), &filling)?;
        Ok(super::pdf::write(document, on)?.bytes)
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
        let language = request.data.language;
        let mut f = Filling::new(&self.texts, language);
        self.set_request(&mut f, request)?;
        for (name, value) in [
            ("site", site_name.to_owned()),
            ("rio_name", rio_name.to_owned()),
            ("printed", self.texts.date_long(language, on)?),
            ("office.name", office.name.clone()),
            ("office_phone", office.phone.clone()),
            ("agreement_version", self.agreement(language).version.clone()),
        ] {
            f.set(name, value);
        }
        f.prose = Some(self.agreement(language));
        Ok(f)
    }

    /// Fills in what the request's own data say.
    pub(super) fn set_request(&self, f: &mut Filling, request: &Request) -> Result<(), PaperError> {
        let d = &request.data;
        let language = d.language;
        let text = |key: &str| self.texts.get(language, key, &[]);
        let (kind_key, flag) = match d.travel_document.kind {
            DocumentKind::Passport => ("document-passport", "passport"),
            DocumentKind::IdentityCard => ("document-identity-card", "identity_card"),
        };
        let delivery = match d.delivery {
            Delivery::Post => "delivery-post",
            Delivery::Rio => "delivery-rio",
            Delivery::InPerson => "delivery-in-person",
        };
        f.flags.insert(flag);
        if d.delivery == Delivery::InPerson {
            f.flags.insert("in_person");
        }
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
            ("delivery", text(delivery)?),
            ("travel_document.kind", text(kind_key)?),
            ("travel_document.number", d.travel_document.number.clone()),
            ("travel_document.issuer", d.travel_document.issuer.clone()),
            (
                "travel_document.expiry",
                self.texts.date_short(language, d.travel_document.expiry)?,
            ),
            ("holder_name", d.full_name()),
        ] {
            f.set(name, value);
        }
        let lines = address_lines(&self.texts, language, &d.address)?;
        f.lists
            .insert("address", lines.into_iter().map(|line| vec![line]).collect());
        Ok(())
    }

    /// The data code of a request; when it does not fit, the longest fields are named.
    fn data_code(&self, request: &Request) -> Result<Symbol, PaperError> {
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
        self.symbol("data_code", &text, DATA_CODE_VERSIONS, EcLevel::M)
    }
}

/// What the first code of a page says.
fn page_code(layout: &Layout, request: &Request, page: u8, of: u8) -> PageCode {
    PageCode {
        paper: layout.paper.number(),
        page,
        of,
        request: request.request_id,
        serial: request.data.card_serial,
        layout: layout.id,
        digest: request.digest(),
        corner: 0,
    }
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
