# Wortlaut der Papiere auf Deutsch (Schweiz). Werte stehen als { $name }; **fett** zeichnet aus.

# Datum und Seiten
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
month-short-1 = 01
month-short-2 = 02
month-short-3 = 03
month-short-4 = 04
month-short-5 = 05
month-short-6 = 06
month-short-7 = 07
month-short-8 = 08
month-short-9 = 09
month-short-10 = 10
month-short-11 = 11
month-short-12 = 12
date-long = { $day }.{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
date-short = { $day2 }.{ $month }.{ $year }
page-of = Seite { $page } von { $pages }
page-line = { $paper }, Seite { $page } von { $pages }
keep-clear = Codes und Zeile werden maschinell gelesen. Bitte hier nicht schreiben, stempeln oder heften.

# Namen der Papiere
paper-request = Zertifikatsantrag
paper-receipt = Empfangsbestätigung
paper-agreement = Nutzungsvereinbarung
request-title = Antrag auf Zertifikate
receipt-title = Empfangsbestätigung für die Karte
agreement-title = Nutzungsvereinbarung
sets-document = { $count ->
    [one] Antragspapiere einer Person
   *[other] Antragspapiere von { $count } Personen
    }
document-title = Antragspapiere { $request_id }

# Felder
label-request-id = Antragsnummer
label-card-serial = Kartennummer
label-page = Seite
label-page-value = { $page } von { $pages }
label-name = Vorname und Name
label-family-name = Name
label-given-names = Vornamen
label-birth-date = Geburtsdatum
label-nationality = Staatsangehörigkeit
label-ahv = AHV-Nummer
label-mail = E-Mail
label-organisation = Organisation
label-unit = Organisationseinheit
label-site = Standort
label-delivery = Zustellung des Briefs
label-document-kind = Art des Ausweises
label-document-number = Ausweisnummer
label-document-issuer = Ausstellerstaat
label-document-expiry = Gültig bis
label-place-date = Ort, Datum
label-date = Datum
label-handed-over-by = Übergeben durch
label-delivery-number = Lieferschein Nr.
label-batch = Druckstapel
label-envelope = Couvert
delivery-post = Post, Privatadresse
delivery-rio = E-Mail an RIO
delivery-in-person = keiner, Karte wird vor Ort geöffnet
document-passport = Reisepass
document-identity-card = Identitätskarte
care-of = c/o { $name }
po-box = Postfach { $number }

# Länder in Adressen; andere stehen englisch
country-at = Österreich
country-be = Belgien
country-ch = Schweiz
country-cz = Tschechien
country-de = Deutschland
country-es = Spanien
country-fr = Frankreich
country-gb = Vereinigtes Königreich
country-gr = Griechenland
country-hr = Kroatien
country-hu = Ungarn
country-it = Italien
country-li = Liechtenstein
country-lu = Luxemburg
country-nl = Niederlande
country-pl = Polen
country-pt = Portugal
country-ro = Rumänien
country-si = Slowenien
country-sk = Slowakei
country-tr = Türkei
country-us = Vereinigte Staaten

# Antrag
section-person = Person
section-organisation = Arbeitsort
section-address = Privatadresse
section-travel-document = Ausweis
section-rio = Identifikation durch RIO
section-lrao = Identifikation durch LRAO
section-holder = Inhaberin oder Inhaber
data-code-caption = Dieselben Angaben, maschinenlesbar. Erstellt{ "\u00A0" }am{ "\u00A0" }{ $printed }.
alt-data-code = QR-Code mit den Angaben dieses Antrags
copy-passport = **Hierhin den Ausweis kopieren.** Die Datenseite des Passes in Originalgrösse zwischen die Schnittmarken legen, mit Foto und den beiden Zeilen am unteren Rand. Gerade, vollständig, ohne Spiegelung.
copy-identity-card = **Hierhin die Identitätskarte kopieren.** Links die Vorderseite mit Foto, rechts die Rückseite mit den drei Zeilen, beide in Originalgrösse zwischen die Schnittmarken. Gerade, vollständig, ohne Spiegelung.
rio-confirms = Ich habe die Person persönlich anhand des gültigen Originals dieses Ausweises identifiziert und die Angaben damit verglichen.
holder-confirms = Die Angaben auf diesem Blatt sind richtig und vollständig. Ich beantrage damit drei Zertifikate auf der genannten Karte.
signature-rio = Unterschrift RIO: { $rio_name }
signature-lrao = Unterschrift LRAO: { $rio_name }
signature-holder = Unterschrift: { $holder_name }

# Empfangsbestätigung
receipt-intro = Ich, **{ $holder_name }**, habe heute persönlich die unten genannte Karte erhalten. Sie ist versiegelt und leer: Auf ihr sind noch keine Zertifikate, und ihre PIN kennt niemand.
receipt-compare = Bitte vergleichen: Diese Nummer steht auch auf der Karte. Stimmt sie nicht überein, nehmen Sie die Karte nicht an.
receipt-received = Was ich erhalten habe
receipt-item-1 = eine versiegelte Chipkarte mit der oben genannten Nummer, unbeschädigt
receipt-item-2 = die Nutzungsvereinbarung, Fassung { $agreement_version }, zum Lesen und Behalten
receipt-item-3 = die Auskunft, wie die Karte entsiegelt wird und was bei einem Verlust zu tun ist
receipt-next = Wie es weitergeht
receipt-next-text = Die Registrierstelle prüft den Antrag und stellt die Zertifikate aus. Danach erhalten Sie einen Brief mit einem eTicket. Mit Karte und Brief gehen Sie an einen Arbeitsplatz mit zwei Lesern und setzen dort Ihre eigene PIN. Bewahren Sie die Karte bis dahin sicher auf. Geht sie verloren, melden Sie es sofort: { $office_phone }.
receipt-here-text = Die Registrierstelle prüft den Antrag und stellt die Zertifikate gleich aus. Am Schalter wählen Sie Ihre eigene PIN, und die Karte ist offen; es kommt kein Brief. Geht die Karte verloren, melden Sie es sofort: { $office_phone }.

# Nutzungsvereinbarung
agreement-version-line = Fassung { $agreement_version }, Deutsch · { $office-name }
agreement-confirms = Ich, **{ $holder_name }**, habe die Nutzungsvereinbarung in der Fassung { $agreement_version } gelesen und verstanden und halte mich daran. Ein Exemplar habe ich erhalten.

# Brief
letter-title = Entsiegelungsbrief { $letter_id }
letter-place-date = { $office_place }, { $date }
letter-subject = Ihr eTicket: So entsiegeln Sie Ihre Karte
letter-greeting = Guten Tag { $recipient_name }
letter-intro = Ihre Zertifikate sind ausgestellt. Mit dem eTicket auf diesem Blatt entsiegeln Sie Ihre Karte mit der Nummer, die auf **{ $card_end }** endet, und setzen Ihre eigene PIN. Das eTicket gilt einmal und bis zum **{ $until }**. Geben Sie es niemandem weiter und bewahren Sie es nicht bei der Karte auf.
letter-ticket-caption = eTicket
letter-ticket-note = Vier Gruppen zu fünf Zeichen. Die Buchstaben I, L, O und U kommen nicht vor; Gross- und Kleinschreibung spielt keine Rolle.
letter-steps-title = In fünf Schritten
letter-step-1 = Gehen Sie mit Karte, Brief und Ausweis an einen Arbeitsplatz mit **zwei Kartenlesern**. Eine Kollegin oder ein Kollege ist dort angemeldet und hilft Ihnen.
letter-step-2 = Öffnen Sie den Assistenten, Menü **Token entsiegeln**, und stecken Sie Ihre Karte in den zweiten Leser.
letter-step-3 = Geben Sie das **eTicket** ein, Gruppe für Gruppe. Bei einem Tippfehler sagt der Assistent, welche Gruppe nicht stimmt.
letter-step-4 = Wählen Sie Ihre **PIN** und eine **Frage mit Antwort**, mit der Sie die Karte später sperren können. Beides kennen nur Sie.
letter-step-5 = Warten Sie, bis der Assistent **Karte bereit** meldet. Vernichten Sie danach diesen Brief.
letter-help-title = Fragen?
letter-not-yours-title = Stimmt etwas nicht?
letter-not-yours = Ist dieser Brief nicht für Sie, senden Sie ihn bitte ungelesen zurück. War das Couvert offen oder fehlt Ihre Karte, melden Sie es sofort.
letter-number-line = Brief { $letter_id }
alt-letter-code = QR-Code mit der Nummer dieses Briefs, für Rücksendungen

# Lieferschein
delivery-note-title = Lieferschein für Chipkarten
delivery-note-intro = { $cards ->
    [one] Mit diesem Schein erhält der Standort eine versiegelte, leere Chipkarte. Bitte mit der Nummer auf der Karte vergleichen und ankreuzen.
   *[other] Mit diesem Schein erhält der Standort { $cards } versiegelte, leere Chipkarten. Bitte jede mit der Nummer auf der Karte vergleichen und ankreuzen.
    }
delivery-note-confirms = Ich habe die angekreuzten Karten vollzählig, versiegelt und unbeschädigt erhalten und bewahre sie unter Verschluss auf.
column-position = Nr.
column-received = Erhalten
signature-receiver = Name und Unterschrift der empfangenden Person
delivery-note-document = Lieferschein { $number }

# Deckblatt
cover-title = Deckblatt zum Versand
cover-letters = Briefe in diesem Stapel
cover-note = Bitte vor und nach dem Verpacken zählen. Stimmt die Zahl nicht, den Stapel nicht aufgeben und die Registrierstelle benachrichtigen. Fehldrucke sind zu vernichten und gehören nie ins Altpapier.
column-file = Druckdatei
column-language = Sprache
column-country = Land
cover-rest = weitere Länder
column-count = Anzahl
signature-dispatch = Name und Unterschrift der Versandstelle
cover-document = Deckblatt { $batch }

# Sperrantrag
paper-revocation = Sperrantrag
revocation-title = Antrag auf Sperrung der Karte
revocation-document = Sperrantrag { $request_id }
revocation-intro = Mit diesem Antrag werden **alle Zertifikate** der genannten Karte für ungültig erklärt. Das lässt sich nicht rückgängig machen. Ist die Karte verloren oder kennt jemand die PIN, rufen Sie zuerst an: { $office_phone }.
revocation-card = Karte
revocation-reason = Warum soll die Karte gesperrt werden?
revocation-lost = Die Karte ist verloren, gestohlen oder zerstört.
revocation-compromised = Jemand anderes kennt die PIN oder könnte sie kennen.
revocation-left = Das Arbeitsverhältnis oder die Aufgabe endet.
revocation-changed = Name, Organisation oder E-Mail-Adresse stimmen nicht mehr.
revocation-other = Anderer Grund:
revocation-requester = Wer stellt den Antrag?
revocation-holder = die Inhaberin oder der Inhaber der Karte
revocation-manager = die vorgesetzte Person
revocation-hr = der Personaldienst
revocation-office = die Registrierstelle
revocation-since = Seit wann (Datum, Zeit)
revocation-phone = Telefon für Rückfragen
revocation-name = Name der antragstellenden Person
revocation-confirms = Die Angaben sind richtig. Ich bin berechtigt, diese Sperrung zu verlangen, und weiss, dass verschlüsselte Daten danach nur noch mit einer Sicherung des Schlüssels lesbar sind.
signature-requester = Unterschrift der antragstellenden Person

# Lieferschein als Papier mit Codes
paper-delivery_note = Lieferschein

# Couvert-Testblatt
envelope-title = Testblatt für Fenstercouverts
envelope-document = Testblatt { $envelope }
envelope-intro = Falten Sie dieses Blatt an den Marken am linken Rand und stecken Sie es in das Couvert. **Es passt, wenn beim Schütteln die ganze Adresse sichtbar bleibt** und sonst nichts im Fenster erscheint. Der farbige Rahmen liegt auf der Kante des Fensters, die grauen Rahmen 3{ "\u00A0" }mm daneben; die Striche zählen Millimeter.
envelope-profile = Profil
envelope-window = Fenster (links / oben / Breite × Höhe)
envelope-folds = Falze von oben
envelope-wrong = Passt es nicht, messen Sie am Massstab, um wie viel, und tragen Sie den Wert in der Konfiguration ein: dispatch.window, window_mm, in Millimetern von der linken oberen Ecke des Blatts.
envelope-ticket = Hier steht im Brief das eTicket. Halten Sie das verschlossene Couvert gegen das Licht: Ist dieser Satz von aussen lesbar, verwenden Sie Couverts mit dichterem Innendruck.

# Erfassungsblatt
blank-title = Erfassungsblatt
blank-document = Erfassungsblatt für einen Zertifikatsantrag
blank-intro = Am Bildschirm oder von Hand ausfüllen. Die Angaben werden danach erfasst und die Antragspapiere gedruckt; dieses Blatt wird nicht gescannt und nach der Erfassung vernichtet.
blank-street = Strasse
blank-house-number = Hausnummer
blank-po-box = Postfach
blank-postcode = Postleitzahl
blank-country = Land
blank-hint-state = drei Buchstaben, z. B. CHE
blank-hint-country = z. B. CH
blank-care-of = Zusätzliche Adresszeile, c/o
blank-town = Ort
blank-language = Sprache der Papiere
language-de = Deutsch
language-fr = Französisch
language-it = Italienisch
language-en = Englisch
blank-optional = freiwillig
blank-hint-date = Tag, Monat, Jahr
blank-hint-card = zehn Ziffern, wie auf der Karte
blank-hint-document = wie in der maschinenlesbaren Zeile
blank-note = Bemerkungen

alt-logo = Logo: { $office-name }
