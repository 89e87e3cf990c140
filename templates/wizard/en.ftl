# The wizards at the workstation with two readers.
wizard-title = Token unseal: open your card
wizard-welcome = Present: the holder of the card, and as helper { $helper }.
wizard-compare = Helper: does the travel document show the same person? Type { $yes } and press Enter.
wizard-yes = yes
wizard-not-compared = Without this word it does not go on. What is done stays; start again when all is right.
wizard-ended = The input has ended. Start the same command again: it goes on where it stopped.
wizard-present = [Enter: { $value }]
wizard-card-pin = PIN of the card of { $officer }. It is not shown.
wizard-card-pin-wrong = This PIN is wrong. Tries before the card locks: { $left }.
wizard-card-pad = Type the PIN of the card of { $officer } on the keys of the card reader and confirm it there.
wizard-card-pad-length = The PIN had too few or too many digits. It does not count as a try.
wizard-card-pad-late = Nobody typed at the card reader in time.
wizard-key-password = Password of the key file of { $officer }. It is not shown.
wizard-key-password-wrong = This password is wrong.
wizard-own-card = { $why } Type { $yes } when it is in.
wizard-insert = Put the sealed card into the second reader.
wizard-insert-one = More than one sealed card is in the readers: leave only one.
wizard-no-reader = No card reader answers: connect it.
wizard-found = Card { $serial } found.
wizard-number =
    { $step } of { $of }. The eTicket on your letter: four groups of five characters.
    Capitals or small letters are the same. Then press Enter.
wizard-number-length = An eTicket has 20 characters, this one has { $got }. Compare it with the letter. It does not count as a try.
wizard-number-group = Something is wrong in group { $group }. Compare it with the letter. It does not count as a try.
wizard-number-order = The groups stand in the wrong order. Compare them with the letter. It does not count as a try.
wizard-wrong-ticket = This is not the eTicket of this card. Take the newest letter. Tries left: { $left }.
wizard-pin =
    { $step } of { $of }. Choose a PIN of { $least } to { $most } digits.
    What you type cannot be seen, not even as dots. Nobody but you should know the PIN.
wizard-pin-letters =
    { $step } of { $of }. Choose a PIN of { $least } to { $most } characters: letters without accents, digits, punctuation.
    What you type cannot be seen, not even as dots. Nobody but you should know the PIN.
wizard-pin-again = The same PIN again.
wizard-pin-differs = The two differ. Choose it anew.
wizard-pin-length = A PIN has { $least } to { $most } digits and no other characters.
wizard-pin-length-letters = A PIN has { $least } to { $most } letters, digits or punctuation marks, without blanks and accents.
wizard-pin-trivial = This PIN is the first that a thief tries. Choose another one.
wizard-question =
    { $step } of { $of }. Write a question that only you can answer.
    With it you have the card revoked by telephone when it is lost. For instance: what was the name of my first pet?
wizard-answer = { $step } of { $of }. Your answer to this question. It cannot be seen as you type it, either.
wizard-answer-again = The same answer again.
wizard-answer-differs = The two differ. Type the answer anew.
wizard-answer-short = This answer is too short: it needs at least four letters or digits.
wizard-empty = Please type something.
wizard-working = The card is being opened. Leave it in the reader.
wizard-done = Card ready. It is yours now; you may take it out.
wizard-done-letter = The letter is not needed any more: destroy it.
wizard-pulled = The card was interrupted. Put it back into the reader; it goes on where it stopped.
wizard-stopped = It does not go on here. Keep card and letter; the person with you reads what happened:

# The desk: somebody walks in.
wizard-walk-title = Issue a card at the desk
wizard-walk-welcome =
    LRAO { $lrao }: you identify the person, have the papers signed, decide and issue. Then the person opens the card.
    There is no letter and no number. Nothing is lost by an interruption: the same command goes on where it stopped.
wizard-walk-open = This card is open; nothing is left to do.
wizard-walk-zone-title = The travel document
wizard-walk-zone =
    Type or read in the machine-readable zone: two lines at the foot of a passport’s data page, three lines on the back of an identity card. The filler is <.
    Leave it empty to have it read from the copy on the request.
wizard-walk-zone-typed = Type the machine-readable zone of the travel document. The filler is <.
wizard-walk-zone-line = Line { $line }:
wizard-walk-zone-form = A zone has two lines of 44 or 36 characters, or three of 30. Begin with the first.
wizard-walk-zone-length = Line { $line } has { $got } characters instead of { $wanted }. Compare it with the document.
wizard-walk-zone-character = In line { $line } the character in place { $at } cannot be right. Compare it with the document.
wizard-walk-zone-number = The document number and its check digit do not agree. Compare them with the document.
wizard-walk-zone-birth = The date of birth and its check digit do not agree. Compare them with the document.
wizard-walk-zone-expiry = The date of expiry and its check digit do not agree. Compare them with the document.
wizard-walk-zone-whole = The last check digit does not agree with the rest. Compare all lines with the document.
wizard-walk-zone-unread = The machine-readable zone on the copy is not legible.
wizard-walk-seen =
    { $given } { $family }, born { $birth }
    { $issuer } { $number }, valid until { $expiry }
wizard-walk-compare = Does the document show the person before you, and is it genuine? Type { $yes }.
wizard-walk-data-title = The details
wizard-walk-language = The person’s language (for papers and PIN):
wizard-walk-data = Write the names as they stand in the document in ordinary print.
wizard-walk-person-family-name = Family name
wizard-walk-person-given-names = Given names
wizard-walk-person-birth-date = Date of birth (31.1.1990)
wizard-walk-person-nationality = Nationality (three letters, CHE for Switzerland)
wizard-walk-travel-document-kind = Kind of document: 1 passport, 2 identity card
wizard-walk-travel-document-issuer = Issuing state (three letters)
wizard-walk-travel-document-number = Document number
wizard-walk-travel-document-expiry = Valid until (31.1.2030)
wizard-walk-mail = Business e-mail address
wizard-walk-organisation-name = Organisation
wizard-walk-organisation-unit = Unit (may stay empty)
wizard-walk-address-street = Private address: street
wizard-walk-address-house-number = House number (may stay empty)
wizard-walk-address-postcode = Postcode
wizard-walk-address-town = Town
wizard-walk-address-country = Country (two letters)
wizard-walk-field-wrong = Not right yet: { $problem }
wizard-walk-again = This cannot be understood. Please type it again.
wizard-walk-papers-title = The papers
wizard-walk-papers =
    Print { $file }
    1. Copy the travel document into its place on the first page.
    2. You sign in the LRAO’s box; the person signs request, receipt and agreement.
    3. Scan all pages.
wizard-walk-scan = Where is the scan? Part several files by ;
wizard-walk-refused = { $why }
wizard-walk-reading = The scan is being read and checked.
wizard-walk-decide-title = The decision
wizard-walk-checks = { $good } checks passed.
wizard-walk-look =
    Look at the paper: { $check }
    { $compared }
    Is it right? Type { $yes }.
wizard-walk-look-codes-agree = Do the printed lines name the same card?
wizard-walk-look-print-agrees = Are the printed details unchanged and legible?
wizard-walk-look-document-copied = Is the travel document copied in its place?
wizard-walk-look-document-read = Are kind, number and expiry those of the document?
wizard-walk-look-name-agrees = Do name and date of birth agree with the document?
wizard-walk-look-rio-signed = Did you sign in the LRAO’s box?
wizard-walk-look-holder-signed = Did the person sign the request?
wizard-walk-look-receipt-signed = Did the person sign the receipt?
wizard-walk-look-agreement-signed = Did the person sign the agreement?
wizard-walk-not-good = Then nothing is issued. Reject it (siegelpost review reject { $request } --reason …), and begin anew.
wizard-walk-approve = Card { $serial } for { $name }: you approve with your signature. Type { $yes }.
wizard-walk-second = A second officer decides here: siegelpost --as NAME review approve { $request }. Then siegelpost walk-in goes on.
wizard-walk-issued = Three certificates are issued.
wizard-walk-holder-title = Now the holder
wizard-walk-holder = Sit down at the keyboard; nobody looks.
