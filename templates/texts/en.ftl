# Wording of the papers in English. Values stand as { $name }; **bold** marks what matters.

# Dates and pages
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
date-long = { $day }{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
date-short = { $day }{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
page-of = Page { $page } of { $pages }
page-line = { $paper }, page { $page } of { $pages }
keep-clear = Codes and line are read by machine. Please do not write, stamp or staple here.

# Names of the papers
paper-request = Certificate request
paper-receipt = Receipt
paper-agreement = Subscriber agreement
request-title = Request for certificates
receipt-title = Receipt for the card
agreement-title = Subscriber agreement
sets-document = { $count ->
    [one] Request papers of one person
   *[other] Request papers of { $count } people
    }
document-title = Request papers { $request_id }

# Fields
label-request-id = Request number
label-card-serial = Card number
label-page = Page
label-page-value = { $page } of { $pages }
label-name = Name
label-family-name = Family name
label-given-names = Given names
label-birth-date = Date of birth
label-nationality = Nationality
label-ahv = AHV number
label-mail = E-mail
label-organisation = Organisation
label-unit = Organisational unit
label-site = Site
label-delivery = Delivery of the letter
label-document-kind = Type of document
label-document-number = Document number
label-document-issuer = Issuing state
label-document-expiry = Valid until
label-place-date = Place, date
label-date = Date
label-handed-over-by = Handed over by
label-delivery-number = Delivery note no.
label-batch = Print batch
label-envelope = Envelope
delivery-post = Post, home address
delivery-rio = E-mail to the RIO
delivery-in-person = none, card opened on site
document-passport = Passport
document-identity-card = Identity card
care-of = c/o { $name }
po-box = P.O. Box { $number }

# Countries in addresses; others stand in English
country-at = Austria
country-be = Belgium
country-ch = Switzerland
country-cz = Czechia
country-de = Germany
country-es = Spain
country-fr = France
country-gb = United Kingdom
country-gr = Greece
country-hr = Croatia
country-hu = Hungary
country-it = Italy
country-li = Liechtenstein
country-lu = Luxembourg
country-nl = Netherlands
country-pl = Poland
country-pt = Portugal
country-ro = Romania
country-si = Slovenia
country-sk = Slovakia
country-tr = Türkiye
country-us = United States

# Request
section-person = Person
section-organisation = Place of work
section-address = Home address
section-travel-document = Travel document
section-rio = Identification by the RIO
section-lrao = Identification by the LRAO
section-holder = Holder
data-code-caption = The same details, machine-readable. Prepared{ "\u00A0" }on{ "\u00A0" }{ $printed }.
alt-data-code = QR code with the details of this request
copy-passport = **Copy the document here.** Lay the passport’s data page at true size between the crop marks, with the photograph and the two lines at its foot. Straight, complete, without glare.
copy-identity-card = **Copy the identity card here.** On the left the front with the photograph, on the right the back with the three lines, both at true size between the crop marks. Straight, complete, without glare.
rio-confirms = I have identified the person face to face by means of the valid original of this document and have compared the details with it.
holder-confirms = The details on this sheet are correct and complete. I hereby request three certificates on the card named above.
signature-rio = Signature of the RIO: { $rio_name }
signature-lrao = Signature of the LRAO: { $rio_name }
signature-holder = Signature: { $holder_name }

# Receipt
receipt-intro = I, **{ $holder_name }**, have today received in person the card named below. It is sealed and empty: there are no certificates on it yet, and nobody knows its PIN.
receipt-compare = Please compare: the same number is printed on the card. If it differs, do not accept the card.
receipt-received = What I have received
receipt-item-1 = one sealed smart card with the number above, undamaged
receipt-item-2 = the subscriber agreement, version { $agreement_version }, to read and keep
receipt-item-3 = information on how the card is unsealed and what to do if it is lost
receipt-next = What happens next
receipt-next-text = The registration office checks the request and issues the certificates. You then receive a letter with an eTicket. Take card and letter to a workstation with two card readers and set your own PIN there. Keep the card safe until then. If you lose it, report it at once: { $office_phone }.
receipt-here-text = The registration office checks the request and issues the certificates at once. You choose your own PIN at the desk, and the card is open; there is no letter. If you lose the card, report it at once: { $office_phone }.

# Subscriber agreement
agreement-version-line = Version { $agreement_version }, English · { $office-name }
agreement-confirms = I, **{ $holder_name }**, have read and understood the subscriber agreement, version { $agreement_version }, and will comply with it. I have received a copy.

# Letter
letter-title = Unseal letter { $letter_id }
letter-place-date = { $office_place }, { $date }
letter-subject = Your eTicket: how to unseal your card
letter-greeting = Dear { $recipient_name }
letter-intro = Your certificates have been issued. With the eTicket on this sheet you unseal your card, whose number ends in **{ $card_end }**, and set your own PIN. The eTicket can be used once, until **{ $until }**. Do not give it to anyone and do not keep it with the card.
letter-ticket-caption = eTicket
letter-ticket-note = Four groups of five characters. The letters I, L, O and U do not occur; upper and lower case make no difference.
letter-steps-title = In five steps
letter-step-1 = Take your card, this letter and your identity document to a workstation with **two card readers**. A colleague is logged in there and will help you.
letter-step-2 = Open the wizard, menu **Token unseal**, and put your card into the second reader.
letter-step-3 = Type the **eTicket**, group by group. If you mistype, the wizard says which group is wrong.
letter-step-4 = Choose your **PIN** and a **question with its answer**, with which you can have the card revoked later. Only you know them.
letter-step-5 = Wait until the wizard says **Card ready**. Then destroy this letter.
letter-help-title = Questions?
letter-not-yours-title = Something wrong?
letter-not-yours = If this letter is not for you, please return it unread. If the envelope was open or your card is missing, please report it at once.
letter-number-line = Letter { $letter_id }
alt-letter-code = QR code with the number of this letter, for returns

# Delivery note
delivery-note-title = Delivery note for smart cards
delivery-note-intro = { $cards ->
    [one] With this note the site receives one sealed, empty smart card. Please compare it with the number on the card and tick it off.
   *[other] With this note the site receives { $cards } sealed, empty smart cards. Please compare each with the number on the card and tick it off.
    }
delivery-note-confirms = I have received the ticked cards, complete in number, sealed and undamaged, and will keep them under lock and key.
column-position = No.
column-received = Received
signature-receiver = Name and signature of the receiver
delivery-note-document = Delivery note { $number }

# Cover sheet
cover-title = Dispatch cover sheet
cover-letters = Letters in this batch
cover-note = Please count before and after packing. If the number differs, do not post the batch and inform the registration office. Misprints must be destroyed, never put with waste paper.
column-file = Print file
column-language = Language
column-country = Country
cover-rest = other countries
column-count = Number
signature-dispatch = Name and signature of the mail room
cover-document = Dispatch cover sheet { $batch }

# Revocation request
paper-revocation = Revocation request
revocation-title = Request to revoke the card
revocation-document = Revocation request { $request_id }
revocation-intro = This request revokes **all certificates** of the card named here. This cannot be undone. If the card is lost or somebody knows the PIN, call first: { $office_phone }.
revocation-card = Card
revocation-reason = Why should the card be revoked?
revocation-lost = The card is lost, stolen or destroyed.
revocation-compromised = Somebody else knows or may know the PIN.
revocation-left = The employment or the duty is ending.
revocation-changed = Name, organisation or e-mail address is no longer correct.
revocation-other = Another reason:
revocation-requester = Who is making the request?
revocation-holder = the holder of the card
revocation-manager = the line manager
revocation-hr = human resources
revocation-office = the registration office
revocation-since = Since when (date, time)
revocation-phone = Telephone for questions
revocation-name = Name of the requester
revocation-confirms = The information given is correct. I am entitled to request this revocation, and I know that encrypted data can afterwards be read only with a backup of the key.
signature-requester = Signature of the requester

# The delivery note as a paper with codes
paper-delivery_note = Delivery note

# Envelope test page
envelope-title = Test page for window envelopes
envelope-document = Test page { $envelope }
envelope-intro = Fold this sheet at the marks on its left edge and put it into the envelope. **It fits if the whole address stays visible when you shake the envelope** and nothing else shows in the window. The coloured frame lies on the edge of the window, the grey frames 3{ "\u00A0" }mm beside it; the ticks count millimetres.
envelope-profile = Profile
envelope-window = Window (left / top / width × height)
envelope-folds = Folds from the top
envelope-wrong = If it does not fit, read from the scale by how much and enter the value in the configuration: dispatch.window, window_mm, in millimetres from the top left corner of the sheet.
envelope-ticket = This is where the eTicket stands in the letter. Hold the closed envelope against the light: if this sentence can be read from outside, use envelopes with a denser lining.

# Blank form
blank-title = Data sheet
blank-document = Data sheet for a certificate request
blank-intro = To be filled in on screen or by hand. The details are then entered and the papers of the request printed; this sheet is not scanned and is destroyed once the details are entered.
blank-street = Street
blank-house-number = Number
blank-po-box = P.O. box
blank-postcode = Postcode
blank-country = Country
blank-hint-state = three letters, e.g. CHE
blank-hint-country = e.g. CH
blank-care-of = Additional address line, c/o
blank-town = Town
blank-language = Language of the papers
language-de = German
language-fr = French
language-it = Italian
language-en = English
blank-optional = optional
blank-hint-date = day, month, year
blank-hint-card = ten digits, as on the card
blank-hint-document = as in the machine-readable line
blank-note = Remarks

alt-logo = Logo: { $office-name }
