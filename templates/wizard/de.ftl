# Die Assistenten am Arbeitsplatz mit zwei Lesern.
wizard-title = Token entsiegeln: Ihre Karte öffnen
wizard-welcome = Anwesend: Inhaberin oder Inhaber der Karte, und als Helferperson { $helper }.
wizard-compare = Helferperson: Zeigt der Ausweis dieselbe Person? Tippen Sie { $yes } und drücken Sie die Eingabetaste.
wizard-yes = ja
wizard-not-compared = Ohne diese Bestätigung geht es nicht weiter. Was schon gemacht ist, bleibt; starten Sie neu, wenn alles stimmt.
wizard-ended = Die Eingabe ist zu Ende. Starten Sie denselben Befehl noch einmal: Es geht weiter, wo es aufhörte.
wizard-present = [Eingabetaste: { $value }]
wizard-card-pin = PIN der Karte von { $officer }. Sie wird nicht angezeigt.
wizard-card-pin-wrong = Diese PIN ist falsch. Versuche, bis die Karte sperrt: { $left }.
wizard-card-pad = Tippen Sie die PIN der Karte von { $officer } auf den Tasten des Kartenlesers und bestätigen Sie sie dort.
wizard-card-pad-length = Die PIN hatte zu wenige oder zu viele Ziffern. Das zählt nicht als Versuch.
wizard-card-pad-late = Am Kartenleser hat niemand rechtzeitig getippt.
wizard-key-password = Passwort der Schlüsseldatei von { $officer }. Es wird nicht angezeigt.
wizard-key-password-wrong = Dieses Passwort ist falsch.
wizard-own-card = { $why } Tippen Sie { $yes }, wenn sie steckt.
wizard-insert = Stecken Sie die versiegelte Karte in den zweiten Leser.
wizard-insert-one = Mehr als eine versiegelte Karte steckt in den Lesern: Lassen Sie nur eine.
wizard-no-reader = Kein Kartenleser antwortet: Schliessen Sie ihn an.
wizard-found = Karte { $serial } gefunden.
wizard-number =
    { $step } von { $of }. Das eTicket auf Ihrem Brief: vier Gruppen zu fünf Zeichen.
    Gross oder klein ist gleich. Danach die Eingabetaste.
wizard-number-length = Das eTicket hat 20 Zeichen, dieses hat { $got }. Vergleichen Sie es mit dem Brief. Es zählt nicht als Versuch.
wizard-number-group = In Gruppe { $group } stimmt etwas nicht. Vergleichen Sie sie mit dem Brief. Es zählt nicht als Versuch.
wizard-number-order = Die Gruppen stehen in der falschen Reihenfolge. Vergleichen Sie sie mit dem Brief. Es zählt nicht als Versuch.
wizard-wrong-ticket = Das ist nicht das eTicket dieser Karte. Nehmen Sie den neuesten Brief. Versuche, die bleiben: { $left }.
wizard-pin =
    { $step } von { $of }. Wählen Sie eine PIN von { $least } bis { $most } Ziffern.
    Was Sie tippen, ist nicht zu sehen, auch nicht als Punkte. Nur Sie sollen die PIN kennen.
wizard-pin-letters =
    { $step } von { $of }. Wählen Sie eine PIN von { $least } bis { $most } Zeichen: Buchstaben ohne Akzent, Ziffern, Satzzeichen.
    Was Sie tippen, ist nicht zu sehen, auch nicht als Punkte. Nur Sie sollen die PIN kennen.
wizard-pin-again = Dieselbe PIN noch einmal.
wizard-pin-differs = Die beiden sind verschieden. Wählen Sie neu.
wizard-pin-length = Eine PIN hat { $least } bis { $most } Ziffern und sonst keine Zeichen.
wizard-pin-length-letters = Eine PIN hat { $least } bis { $most } Buchstaben, Ziffern oder Satzzeichen, ohne Leerzeichen und Akzente.
wizard-pin-trivial = Diese PIN probiert ein Dieb als Erstes. Wählen Sie eine andere.
wizard-question =
    { $step } von { $of }. Schreiben Sie eine Frage, die nur Sie beantworten können.
    Mit ihr lassen Sie die Karte am Telefon sperren, wenn sie verloren geht. Zum Beispiel: Wie hiess mein erstes Haustier?
wizard-answer = { $step } von { $of }. Ihre Antwort auf diese Frage. Auch sie ist beim Tippen nicht zu sehen.
wizard-answer-again = Dieselbe Antwort noch einmal.
wizard-answer-differs = Die beiden sind verschieden. Geben Sie die Antwort neu ein.
wizard-answer-short = Diese Antwort ist zu kurz: Sie braucht mindestens vier Buchstaben oder Ziffern.
wizard-empty = Bitte geben Sie etwas ein.
wizard-working = Die Karte wird geöffnet. Lassen Sie sie stecken.
wizard-done = Karte bereit. Sie gehört jetzt Ihnen; Sie können sie herausnehmen.
wizard-done-letter = Der Brief wird nicht mehr gebraucht: Vernichten Sie ihn.
wizard-pulled = Die Karte wurde unterbrochen. Stecken Sie sie wieder in den Leser; es geht weiter, wo es aufhörte.
wizard-stopped = Hier geht es nicht weiter. Behalten Sie Karte und Brief; die Person bei Ihnen liest, was geschah:

# Der Schalter: jemand kommt vorbei.
wizard-walk-title = Karte am Schalter ausstellen
wizard-walk-welcome =
    LRAO { $lrao }: Sie identifizieren die Person, lassen die Papiere unterschreiben, entscheiden und stellen aus. Dann öffnet die Person ihre Karte selbst.
    Es gibt keinen Brief und keine Nummer. Unterbrochen wird nichts verloren: Derselbe Befehl geht weiter, wo er aufhörte.
wizard-walk-open = Diese Karte ist offen; es ist nichts mehr zu tun.
wizard-walk-zone-title = Der Ausweis
wizard-walk-zone =
    Tippen oder lesen Sie die maschinenlesbare Zone ein: beim Pass zwei Zeilen unten auf der Datenseite, bei der Identitätskarte drei Zeilen auf der Rückseite. Das Füllzeichen ist <.
    Leer lassen, wenn sie von der Kopie auf dem Antrag gelesen werden soll.
wizard-walk-zone-typed = Tippen Sie die maschinenlesbare Zone des Ausweises ab. Das Füllzeichen ist <.
wizard-walk-zone-line = Zeile { $line }:
wizard-walk-zone-form = Eine Zone hat zwei Zeilen zu 44 oder 36 Zeichen, oder drei zu 30. Beginnen Sie mit der ersten.
wizard-walk-zone-length = Zeile { $line } hat { $got } Zeichen statt { $wanted }. Vergleichen Sie sie mit dem Ausweis.
wizard-walk-zone-character = In Zeile { $line } kann das Zeichen an Stelle { $at } nicht stimmen. Vergleichen Sie es mit dem Ausweis.
wizard-walk-zone-number = Die Ausweisnummer und ihre Prüfziffer stimmen nicht überein. Vergleichen Sie sie mit dem Ausweis.
wizard-walk-zone-birth = Das Geburtsdatum und seine Prüfziffer stimmen nicht überein. Vergleichen Sie sie mit dem Ausweis.
wizard-walk-zone-expiry = Das Ablaufdatum und seine Prüfziffer stimmen nicht überein. Vergleichen Sie sie mit dem Ausweis.
wizard-walk-zone-whole = Die letzte Prüfziffer stimmt nicht mit dem Rest überein. Vergleichen Sie alle Zeilen mit dem Ausweis.
wizard-walk-zone-unread = Die maschinenlesbare Zone auf der Kopie ist nicht leserlich.
wizard-walk-seen =
    { $given } { $family }, geboren { $birth }
    { $issuer } { $number }, gültig bis { $expiry }
wizard-walk-compare = Zeigt der Ausweis die Person vor Ihnen, und ist er echt? Tippen Sie { $yes }.
wizard-walk-data-title = Die Angaben
wizard-walk-language = Sprache der Person (für Papiere und PIN):
wizard-walk-data = Schreiben Sie die Namen so, wie sie im Ausweis in normaler Schrift stehen.
wizard-walk-person-family-name = Name
wizard-walk-person-given-names = Vornamen
wizard-walk-person-birth-date = Geburtsdatum (31.1.1990)
wizard-walk-person-nationality = Staatsangehörigkeit (drei Buchstaben, CHE für die Schweiz)
wizard-walk-travel-document-kind = Art des Ausweises: 1 Pass, 2 Identitätskarte
wizard-walk-travel-document-issuer = Ausstellender Staat (drei Buchstaben)
wizard-walk-travel-document-number = Ausweisnummer
wizard-walk-travel-document-expiry = Gültig bis (31.1.2030)
wizard-walk-mail = Geschäftliche E-Mail-Adresse
wizard-walk-organisation-name = Organisation
wizard-walk-organisation-unit = Abteilung (darf leer bleiben)
wizard-walk-address-street = Privatadresse: Strasse
wizard-walk-address-house-number = Hausnummer (darf leer bleiben)
wizard-walk-address-postcode = Postleitzahl
wizard-walk-address-town = Ort
wizard-walk-address-country = Land (zwei Buchstaben)
wizard-walk-field-wrong = Noch nicht richtig: { $problem }
wizard-walk-again = So ist es nicht verständlich. Bitte noch einmal.
wizard-walk-papers-title = Die Papiere
wizard-walk-papers =
    Drucken Sie { $file }
    1. Kopieren Sie den Ausweis an seinen Platz auf der ersten Seite.
    2. Sie unterschreiben im Feld für LRAO; die Person unterschreibt Antrag, Empfangsbestätigung und Vereinbarung.
    3. Scannen Sie alle Seiten.
wizard-walk-scan = Wo liegt der Scan? Mehrere Dateien mit ; trennen.
wizard-walk-refused = { $why }
wizard-walk-reading = Der Scan wird gelesen und geprüft.
wizard-walk-decide-title = Der Entscheid
wizard-walk-checks = { $good } Prüfungen sind bestanden.
wizard-walk-look =
    Schauen Sie auf dem Papier nach: { $check }
    { $compared }
    Stimmt es? Tippen Sie { $yes }.
wizard-walk-look-codes-agree = Steht in den gedruckten Zeilen dieselbe Nummer der Karte?
wizard-walk-look-print-agrees = Sind die gedruckten Angaben unverändert und leserlich?
wizard-walk-look-document-copied = Ist der Ausweis an seinem Platz kopiert?
wizard-walk-look-document-read = Stimmen Art, Nummer und Ablauf des Ausweises?
wizard-walk-look-name-agrees = Stimmen Name und Geburtsdatum mit dem Ausweis überein?
wizard-walk-look-rio-signed = Haben Sie im Feld für LRAO unterschrieben?
wizard-walk-look-holder-signed = Hat die Person den Antrag unterschrieben?
wizard-walk-look-receipt-signed = Hat die Person die Empfangsbestätigung unterschrieben?
wizard-walk-look-agreement-signed = Hat die Person die Vereinbarung unterschrieben?
wizard-walk-not-good = Dann wird nichts ausgestellt. Lehnen Sie ab (siegelpost review reject { $request } --reason …), und beginnen Sie neu.
wizard-walk-approve = Karte { $serial } für { $name }: Sie bewilligen mit Ihrer Signatur. Tippen Sie { $yes }.
wizard-walk-second = Hier entscheidet eine zweite Amtsperson: siegelpost --as NAME review approve { $request }. Danach geht siegelpost walk-in weiter.
wizard-walk-issued = Drei Zertifikate sind ausgestellt.
wizard-walk-holder-title = Jetzt die Person selbst
wizard-walk-holder = Setzen Sie sich an die Tastatur; niemand schaut zu.
