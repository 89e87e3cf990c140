# Mails, and what they find wrong with what was sent in. Values stand as { $name }. What the mail gate finds stands with its codes.

submit = Please find the signed papers attached: { $requests }.
mail-with-subject = “{ $subject }” of { $arrived }
mail-without-subject = of { $arrived }
moment = { $date }, { $time } UTC
reply-defects-subject = Your certificate request could not be taken in
reply-defects =
    Your mail { $mail } was not taken in. These are all the reasons:

    { $reasons }
    Nothing is lost: your mail is kept. Please mend this and send the papers again in a new mail.

    { $office }
    { $contact }
reply-rejected-subject = Request { $request } was rejected
reply-rejected =
    The registration officer rejected request { $request }:

    { $reason }

    The card is free again and can be used in a new request.

    { $office }
    { $contact }
notice-issued-subject = Certificates were issued for you
notice-issued =
    Dear { $name }

    Certificates were issued in your name for the card { $serial } (request { $request }). A letter with the number
    that opens the card is on its way.

    If you did not ask for this, tell us at once:

    { $office }
    { $contact }
notice-issued-in-person =
    Dear { $name }

    Certificates were issued in your name at our desk for the card { $serial } (request { $request }). You open the card
    there yourself.

    If you did not ask for this, tell us at once:

    { $office }
    { $contact }
notice-unsealed-subject = Your card was opened
notice-unsealed =
    Dear { $name }

    The card { $serial } (request { $request }) was opened with the number from your letter and is now in use.

    If that was not you, have the card revoked at once:

    { $office }
    { $contact }
notice-unsealed-in-person =
    Dear { $name }

    The card { $serial } (request { $request }) was opened at our desk and is now in use.

    If this was not you, have the card revoked at once:

    { $office }
    { $contact }
notice-revoked-subject = Your certificates were revoked
notice-revoked =
    Dear { $name }

    All certificates of the card { $serial } (request { $request }) were revoked. The card cannot be used any more.

    { $office }
    { $contact }
letter-mail-subject = Unseal letter to be handed over
letter-mail =
    The attached letter belongs to request { $request }. Please print it, hand it over to the holder in person, and delete
    this mail.

# Defects: what is wrong, and what to do
defect-signer-not-enrolled = The certificate is not enrolled here as that of a RIO.
advice-signer-not-enrolled = Have the security officer enrol your certificate.
defect-seen-before = These papers came in before.
advice-seen-before = Do not send the papers twice. Ask the office when you miss an answer.
defect-no-scan = No scan is attached inside the signed part.
advice-no-scan = Attach the scan as PDF or picture to the mail that you sign.
defect-scan-unreadable = An attached file cannot be read.
advice-scan-unreadable = Scan the papers again as PDF, at 200 to 300 dpi.
defect-no-request = No page of the scan names a request.
advice-no-request = Scan the papers that were printed for this request, all pages with their codes.
defect-page-missing = A page is missing.
advice-page-missing = Scan all pages of the papers and send them in one mail.
defect-page-twice = A page is there twice.
advice-page-twice = Send each page once.
defect-differs-from-draft = The papers say something else than the request on file.
advice-differs-from-draft = Print the papers anew, have them signed, and send those.
defect-serial-differs = The serial number in the codes is not the one in the request data.
advice-serial-differs = Print the papers anew with the serial number that stands on the card.
defect-card-unknown = This card is not in the stock.
advice-card-unknown = Compare the serial number with the card; take a card from the delivery of your site.
defect-card-of-other-site = This card was delivered to another site.
advice-card-of-other-site = Take a card that was delivered to your own site, and print the papers anew.
defect-card-taken = This card is already used in another request.
advice-card-taken = Take another card, and print the papers anew.
defect-card-not-free = This card cannot be used any more.
advice-card-not-free = Take another card, and print the papers anew.
defect-rio-of-other-site = You are not enrolled at the site of this request.
advice-rio-of-other-site = Have a RIO of that site send the request, or ask the security officer to enrol you there.
defect-walk-in = These papers belong to an issue at the LRAO’s desk.
advice-walk-in = Bring the papers to the LRAO who printed them, or print a request of your own.
defect-request-already-received = The request is already in progress.
advice-request-already-received = Do nothing. A correction needs a new request.
defect-data-unread = The large code with the details is not legible.
advice-data-unread = Scan the first page again, straight and without anything lying over the large code.
defect-file-too-large = A file is larger than any scan.
advice-file-too-large = Scan at 200 to 300 dpi and send no more than the pages of this request.
defect-file-kind = A file is of a kind that is not read here.
advice-file-kind = Scan the papers again as PDF, at 200 to 300 dpi.
defect-file-broken = A file is damaged.
advice-file-broken = Scan the papers again as PDF, at 200 to 300 dpi.
defect-file-encrypted = A file is protected by a password.
advice-file-encrypted = Send the file without a password; the mail itself may be encrypted.
defect-file-empty = A file holds no page.
advice-file-empty = Scan the papers again as PDF, at 200 to 300 dpi.
defect-file-too-many-pages = A file has too many pages.
advice-file-too-many-pages = Scan at 200 to 300 dpi and send no more than the pages of this request.
defect-page-too-large = A page is larger than any paper.
advice-page-too-large = Scan at 200 to 300 dpi and send no more than the pages of this request.
defect-page-broken = The picture of a page is damaged.
advice-page-broken = Scan the papers again as PDF, at 200 to 300 dpi.
defect-page-not-drawn = A page could not be drawn.
advice-page-not-drawn = Scan the papers again as PDF, at 200 to 300 dpi.
defect-page-crowded = A page bears more codes than any paper has.
advice-page-crowded = Scan the papers again as PDF, at 200 to 300 dpi.
defect-page-unread = A printed page names no request.
advice-page-unread = Scan the papers again as PDF, at 200 to 300 dpi.
defect-codes-disagree = The codes of a page name different things.
advice-codes-disagree = Print the papers anew, have them signed, and send those.
defect-code-out-of-place = A code does not lie where it was printed.
advice-code-out-of-place = Print the papers anew, have them signed, and send those.
defect-layout-unknown = The papers have a layout that is not known here.
advice-layout-unknown = Print the papers anew, have them signed, and send those.
defect-not-registered = Where a sheet lies in the scan is uncertain.
advice-not-registered = Scan the papers again as PDF, at 200 to 300 dpi.
defect-line-unread = The printed line of a page is not legible.
advice-line-unread = Scan the papers again as PDF, at 200 to 300 dpi.
defect-line-disagrees = The printed line says something else than the codes.
advice-line-disagrees = Print the papers anew, have them signed, and send those.
defect-data-disagrees = The large code says something else than the pages.
advice-data-disagrees = Print the papers anew, have them signed, and send those.
defect-pages-disagree = The pages of a request contradict each other.
advice-pages-disagree = Print the papers anew, have them signed, and send those.
defect-mark-unsure = Whether a signature is there cannot be said with certainty.
advice-mark-unsure = Scan the papers again as PDF, at 200 to 300 dpi.
defect-attachment-damaged = An attached file is damaged.
advice-attachment-damaged = Attach the file again, as a PDF with nothing around it.
defect-attachment-encrypted = An attached file asks for a password or a key.
advice-attachment-encrypted = Attach the file without a password or encryption of its own; encrypt the whole mail.
defect-attachment-too-large = An attached file is too large, packed or unpacked.
advice-attachment-too-large = Scan at 300 dpi, or send fewer pages in one mail.
defect-attachment-too-deep = A file lies deeper in archives or mails than is looked.
advice-attachment-too-deep = Attach the scan itself, not a mail or an archive that it lies in.
defect-attachment-too-many = The mail has too many files.
advice-attachment-too-many = Send fewer files in one mail.
defect-attachment-unsupported = A file lies in a kind of archive that is not opened.
advice-attachment-unsupported = Unpack the files and attach them one by one.
defect-attachment-elsewhere = Only a reference to a file came along.
advice-attachment-elsewhere = Attach the file itself, not a link to it or a part of it.
defect-attachment-suspicious = An archive is made so that programs unpack it differently.
advice-attachment-suspicious = Unpack the files and attach them one by one.
defect-attachment-heic = A picture is in the HEIC format, which is not read here.
advice-attachment-heic = Scan the papers as PDF, or save the picture as JPEG.
defect-more-reasons = There are more reasons, which do not stand here.
advice-more-reasons = Mend first what stands here.
defect-document-unread = The machine-readable zone of the copied document is not legible.
advice-document-unread = Copy the document again, straight, complete and without glare, and scan the page anew.
