# Mails, und was in ihnen an einer Einsendung zu bemängeln ist. Werte stehen als { $name }.

submit = Im Anhang sind die unterschriebenen Papiere: { $requests }.
mail-with-subject = «{ $subject }» vom { $arrived }
mail-without-subject = vom { $arrived }
moment = { $date }, { $time } UTC
reply-defects-subject = Ihr Zertifikatsantrag konnte nicht angenommen werden
reply-defects =
    Ihre E-Mail { $mail } wurde nicht angenommen. Das sind alle Gründe:

    { $reasons }
    Es geht nichts verloren: Ihre E-Mail ist aufbewahrt. Bitte beheben Sie das und senden Sie die Papiere in einer neuen E-Mail noch einmal.

    { $office }
    { $contact }
reply-rejected-subject = Der Antrag { $request } wurde abgelehnt
reply-rejected =
    Die Registrierstelle hat den Antrag { $request } abgelehnt:

    { $reason }

    Die Karte ist wieder frei und kann für einen neuen Antrag verwendet werden.

    { $office }
    { $contact }
notice-issued-subject = Für Sie wurden Zertifikate ausgestellt
notice-issued =
    Guten Tag { $name }

    Auf Ihren Namen wurden Zertifikate für die Karte { $serial } ausgestellt (Antrag { $request }). Ein Brief mit der Nummer,
    die die Karte öffnet, ist unterwegs.

    Haben Sie das nicht verlangt, so melden Sie es uns sofort:

    { $office }
    { $contact }
notice-issued-in-person =
    Guten Tag { $name }

    Auf Ihren Namen wurden am Schalter Zertifikate für die Karte { $serial } ausgestellt (Antrag { $request }). Sie öffnen die
    Karte dort selbst.

    Haben Sie das nicht verlangt, so melden Sie es uns sofort:

    { $office }
    { $contact }
notice-unsealed-subject = Ihre Karte wurde geöffnet
notice-unsealed =
    Guten Tag { $name }

    Die Karte { $serial } (Antrag { $request }) wurde mit der Nummer aus Ihrem Brief geöffnet und ist jetzt in Gebrauch.

    Waren Sie das nicht, so lassen Sie die Karte sofort sperren:

    { $office }
    { $contact }
notice-unsealed-in-person =
    Guten Tag { $name }

    Die Karte { $serial } (Antrag { $request }) wurde am Schalter geöffnet und ist jetzt in Gebrauch.

    Waren Sie das nicht, so lassen Sie die Karte sofort sperren:

    { $office }
    { $contact }
notice-revoked-subject = Ihre Zertifikate wurden gesperrt
notice-revoked =
    Guten Tag { $name }

    Alle Zertifikate der Karte { $serial } (Antrag { $request }) wurden gesperrt. Die Karte kann nicht mehr verwendet werden.

    { $office }
    { $contact }
letter-mail-subject = Entsiegelungsbrief zur Übergabe
letter-mail =
    Der angehängte Brief gehört zum Antrag { $request }. Bitte drucken Sie ihn, übergeben Sie ihn persönlich, und löschen Sie
    diese E-Mail.

# Mängel: was nicht stimmt, und was zu tun ist
defect-too-large = Die E-Mail oder etwas darin ist grösser, tiefer verschachtelt oder zahlreicher, als angenommen wird.
advice-too-large = Senden Sie weniger oder kleinere Scans in einer E-Mail.
defect-malformed-mail = Der Kopf der E-Mail ist so geschrieben, dass Mailprogramme ihn verschieden lesen.
advice-malformed-mail = Senden Sie die E-Mail noch einmal aus Ihrem Mailprogramm, ohne ein Programm dazwischen, das sie umschreibt.
defect-duplicate-header = Ein Kopffeld, das einmal stehen darf, steht zweimal; welches zählt, ist ungewiss.
advice-duplicate-header = Senden Sie die E-Mail noch einmal aus Ihrem Mailprogramm, ohne ein Programm dazwischen, das sie umschreibt.
defect-malformed-mime = Die Teile der E-Mail lassen sich nicht sicher voneinander trennen.
advice-malformed-mime = Senden Sie die E-Mail noch einmal aus Ihrem Mailprogramm, ohne ein Programm dazwischen, das sie umschreibt.
defect-not-signed = Die E-Mail ist nicht mit S/MIME signiert.
advice-not-signed = Signieren Sie die E-Mail mit Ihrer Karte (S/MIME) und senden Sie sie noch einmal.
defect-unsigned-content = Es gibt Inhalt, den die Signatur nicht deckt: neben, vor, nach oder um den signierten Teil.
advice-unsigned-content = Senden Sie die E-Mail direkt, ohne Verteilerliste oder Gateway, die etwas hinzufügen.
defect-decryption-failed = Die E-Mail ist verschlüsselt, und kein Schlüssel öffnet sie, oder was darin ist, ist nicht gültig signiert.
advice-decryption-failed = Signieren Sie die E-Mail und verschlüsseln Sie sie für das Zertifikat, das die Stelle herausgibt, oder senden Sie sie nur signiert.
defect-malformed-cms = Die Signaturdaten lassen sich nicht lesen.
advice-malformed-cms = Signieren Sie die E-Mail neu, mit einem anderen Mailprogramm, falls es wieder vorkommt.
defect-trailing-data = Nach dem Ende der Signaturdaten folgen weitere Bytes.
advice-trailing-data = Signieren Sie die E-Mail neu, mit einem anderen Mailprogramm, falls es wieder vorkommt.
defect-no-signer = Die Signaturdaten enthalten nur Zertifikate, keine Signatur.
advice-no-signer = Signieren Sie die E-Mail mit Ihrer Karte (S/MIME) und senden Sie sie noch einmal.
defect-several-signers = Es gibt mehr als eine Signatur; verlangt ist genau eine.
advice-several-signers = Signieren Sie die E-Mail einmal, mit Ihrer eigenen Karte.
defect-content-twice = Die Signaturdaten bringen neben dem signierten Teil noch eigenen Inhalt mit.
advice-content-twice = Signieren Sie die E-Mail neu, mit einem anderen Mailprogramm, falls es wieder vorkommt.
defect-content-missing = Die Signaturdaten müssten den signierten Inhalt enthalten und tun es nicht.
advice-content-missing = Signieren Sie die E-Mail neu, mit einem anderen Mailprogramm, falls es wieder vorkommt.
defect-content-altered = Der Inhalt ist nicht der signierte: Er wurde unterwegs verändert oder falsch signiert.
advice-content-altered = Senden Sie die E-Mail noch einmal; fragen Sie Ihre Mailverantwortlichen, ob ein Gateway E-Mails verändert.
defect-signature-wrong = Die Signatur wurde nicht mit dem Schlüssel des Zertifikats gemacht.
advice-signature-wrong = Signieren Sie die E-Mail neu mit Ihrer Karte.
defect-signed-attributes-missing = Der Signatur fehlen die signierten Attribute, die jedes Mailprogramm schreibt.
advice-signed-attributes-missing = Signieren Sie die E-Mail mit einem anderen Mailprogramm.
defect-signed-attributes-not-der = Die signierten Attribute stehen nicht in der einen Form, die zählt (DER).
advice-signed-attributes-not-der = Signieren Sie die E-Mail mit einem anderen Mailprogramm.
defect-signed-attribute-wrong = Ein signiertes Attribut fehlt, steht doppelt oder passt nicht.
advice-signed-attribute-wrong = Signieren Sie die E-Mail mit einem anderen Mailprogramm.
defect-signing-certificate-mismatch = Die Signatur sagt, dass sie zu einem anderen Zertifikat gehört als dem mitgesandten.
advice-signing-certificate-mismatch = Signieren Sie die E-Mail neu mit Ihrer Karte.
defect-signers-differ = Die E-Mail ist in Schichten signiert, und nicht jede von derselben Person.
advice-signers-differ = Signieren Sie die E-Mail einmal, mit Ihrer eigenen Karte.
defect-algorithm-weak = Die Signatur benutzt ein zu schwaches Verfahren; verlangt ist SHA-256 oder stärker.
advice-algorithm-weak = Stellen Sie Ihr Mailprogramm auf SHA-256 ein und signieren Sie neu.
defect-algorithm-unknown = Die Signatur benutzt ein Verfahren, das nicht angenommen wird.
advice-algorithm-unknown = Signieren Sie mit RSA oder ECDSA und SHA-256.
defect-algorithm-mismatch = Signaturverfahren, Hash, Parameter und Schlüssel passen nicht zueinander.
advice-algorithm-mismatch = Signieren Sie die E-Mail neu, mit einem anderen Mailprogramm, falls es wieder vorkommt.
defect-signer-certificate-missing = Das Zertifikat der unterzeichnenden Person fehlt in der E-Mail.
advice-signer-certificate-missing = Stellen Sie Ihr Mailprogramm so ein, dass es Ihr Zertifikat mit der Signatur sendet.
defect-certificate-malformed = Das Zertifikat der unterzeichnenden Person lässt sich nicht lesen.
advice-certificate-malformed = Verlangen Sie bei der Stelle ein neues Zertifikat.
defect-certificate-signature-wrong = Ein Zertifikat ist nicht gültig von der Stelle signiert, die es nennt.
advice-certificate-signature-wrong = Signieren Sie mit Ihrer Karte der Klasse B.
defect-issuer-untrusted = Das Zertifikat stammt von keiner Stelle, der hier vertraut wird.
advice-issuer-untrusted = Signieren Sie mit Ihrer Karte der Klasse B.
defect-key-weak = Ein Schlüssel ist zu schwach oder von einer Art, die nicht angenommen wird.
advice-key-weak = Verlangen Sie bei der Stelle eine neue Karte.
defect-revoked = Das Zertifikat, oder eines darüber, ist gesperrt.
advice-revoked = Verlangen Sie bei der Stelle eine neue Karte.
defect-not-a-ca = Ein Zertifikat hat das Ihre signiert und gehört keiner Zertifizierungsstelle.
advice-not-a-ca = Signieren Sie mit Ihrer Karte der Klasse B.
defect-path-constraint = Eine Regel ist verletzt, die eine Zertifizierungsstelle für die Zertifikate unter ihr gesetzt hat.
advice-path-constraint = Signieren Sie mit Ihrer Karte der Klasse B.
defect-name-not-allowed = Die Zertifizierungsstelle darf für diesen Namen keine Zertifikate ausstellen.
advice-name-not-allowed = Verlangen Sie bei der Stelle ein neues Zertifikat.
defect-policy-missing = Das Zertifikat wurde nicht unter einer verlangten Richtlinie ausgestellt.
advice-policy-missing = Signieren Sie mit Ihrer Karte der Klasse B.
defect-critical-extension = Ein Zertifikat hat eine kritische Erweiterung, die hier nicht bekannt ist.
advice-critical-extension = Verlangen Sie bei der Stelle ein neues Zertifikat.
defect-key-usage = Das Zertifikat ist nicht zum Signieren bestimmt.
advice-key-usage = Wählen Sie im Mailprogramm das Signaturzertifikat Ihrer Karte.
defect-extended-key-usage = Das Zertifikat ist nicht für E-Mail bestimmt.
advice-extended-key-usage = Wählen Sie im Mailprogramm das Signaturzertifikat Ihrer Karte.
defect-expired = Das Zertifikat, oder eines darüber, ist abgelaufen.
advice-expired = Erneuern Sie Ihre Karte und signieren Sie neu.
defect-not-yet-valid = Das Zertifikat, oder eines darüber, ist noch nicht gültig.
advice-not-yet-valid = Warten Sie, bis Ihr Zertifikat gültig ist, und signieren Sie neu.
defect-from-missing = Die E-Mail sagt nicht, von wem sie ist.
advice-from-missing = Senden Sie die E-Mail noch einmal aus Ihrem Mailprogramm.
defect-from-malformed = Im Feld «Von» steht nicht genau eine einfache E-Mail-Adresse.
advice-from-malformed = Senden Sie aus Ihrem eigenen Postfach, mit Ihrer Adresse allein im Feld «Von».
defect-from-misleading = Der Name neben der Absenderadresse sieht wie eine andere E-Mail-Adresse aus.
advice-from-misleading = Tragen Sie im Mailprogramm Ihren Namen ein, ohne eine andere E-Mail-Adresse darin.
defect-from-mismatch = Die Absenderadresse steht nicht im Zertifikat.
advice-from-mismatch = Senden Sie aus dem Postfach, für das Ihr Zertifikat ausgestellt ist.
defect-sender-mismatch = Ein anderes Postfach als das der unterzeichnenden Person hat die E-Mail gesandt.
advice-sender-mismatch = Senden Sie aus Ihrem eigenen Postfach, nicht im Auftrag anderer.
defect-address-missing = Das Zertifikat enthält keine E-Mail-Adresse.
advice-address-missing = Wählen Sie im Mailprogramm das Signaturzertifikat Ihrer Karte.
defect-revocation-stale = Ob ein Zertifikat gesperrt ist, ist nicht bekannt: Die neuste Sperrliste ist veraltet. Die E-Mail wartet.
advice-revocation-stale = Tun Sie nichts: Die Stelle beschafft die neue Liste und prüft die E-Mail noch einmal.
defect-revocation-unknown = Ob ein Zertifikat gesperrt ist, ist nicht bekannt: Es gibt keine brauchbare Sperrliste. Die E-Mail wartet.
advice-revocation-unknown = Tun Sie nichts: Die Stelle beschafft die neue Liste und prüft die E-Mail noch einmal.
defect-signer-not-enrolled = Das Zertifikat ist hier nicht als das einer RIO eingetragen.
advice-signer-not-enrolled = Lassen Sie Ihr Zertifikat von der Sicherheitsverantwortlichen eintragen.
defect-seen-before = Diese Papiere sind schon eingegangen.
advice-seen-before = Senden Sie die Papiere nicht zweimal. Fragen Sie nach, wenn eine Antwort fehlt.
defect-no-scan = Im signierten Teil ist kein Scan angehängt.
advice-no-scan = Hängen Sie den Scan als PDF oder Bild an die E-Mail an, die Sie signieren.
defect-scan-unreadable = Eine angehängte Datei lässt sich nicht lesen.
advice-scan-unreadable = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-no-request = Keine Seite des Scans nennt einen Antrag.
advice-no-request = Scannen Sie die Papiere, die für diesen Antrag gedruckt wurden, alle Seiten mit ihren Codes.
defect-page-missing = Eine Seite fehlt.
advice-page-missing = Scannen Sie alle Seiten der Papiere und senden Sie sie in einer E-Mail.
defect-page-twice = Eine Seite ist doppelt.
advice-page-twice = Senden Sie jede Seite einmal.
defect-differs-from-draft = Die Papiere sagen etwas anderes als der erfasste Antrag.
advice-differs-from-draft = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-serial-differs = Die Seriennummer in den Codes ist nicht die in den Antragsdaten.
advice-serial-differs = Drucken Sie die Papiere neu, mit der Seriennummer, die auf der Karte steht.
defect-card-unknown = Diese Karte gehört nicht zum Bestand.
advice-card-unknown = Vergleichen Sie die Seriennummer mit der Karte; nehmen Sie eine Karte aus der Lieferung Ihrer Stelle.
defect-card-of-other-site = Diese Karte wurde an eine andere Stelle geliefert.
advice-card-of-other-site = Nehmen Sie eine Karte, die an Ihre eigene Stelle geliefert wurde, und drucken Sie die Papiere neu.
defect-card-taken = Diese Karte wird schon in einem anderen Antrag verwendet.
advice-card-taken = Nehmen Sie eine andere Karte und drucken Sie die Papiere neu.
defect-card-not-free = Diese Karte kann nicht mehr verwendet werden.
advice-card-not-free = Nehmen Sie eine andere Karte und drucken Sie die Papiere neu.
defect-rio-of-other-site = Sie sind an der Stelle dieses Antrags nicht eingetragen.
advice-rio-of-other-site = Lassen Sie den Antrag von einer RIO jener Stelle senden, oder lassen Sie sich dort eintragen.
defect-walk-in = Diese Papiere gehören zu einer Ausstellung am Schalter.
advice-walk-in = Bringen Sie die Papiere zur LRAO, die sie gedruckt hat, oder drucken Sie einen eigenen Antrag.
defect-request-already-received = Der Antrag ist schon in Arbeit.
advice-request-already-received = Tun Sie nichts. Eine Korrektur braucht einen neuen Antrag.
defect-data-unread = Der grosse Code mit den Angaben ist nicht lesbar.
advice-data-unread = Scannen Sie die erste Seite noch einmal, gerade und ohne etwas über dem grossen Code.
defect-file-too-large = Eine Datei ist grösser als jeder Scan.
advice-file-too-large = Scannen Sie mit 200 bis 300 dpi und senden Sie höchstens die Seiten dieses Antrags.
defect-file-kind = Eine Datei ist von einer Art, die hier nicht gelesen wird.
advice-file-kind = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-file-broken = Eine Datei ist beschädigt.
advice-file-broken = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-file-encrypted = Eine Datei ist mit einem Kennwort geschützt.
advice-file-encrypted = Senden Sie die Datei ohne Kennwort; die E-Mail selbst dürfen Sie verschlüsseln.
defect-file-empty = Eine Datei enthält keine Seite.
advice-file-empty = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-file-too-many-pages = Eine Datei hat zu viele Seiten.
advice-file-too-many-pages = Scannen Sie mit 200 bis 300 dpi und senden Sie höchstens die Seiten dieses Antrags.
defect-page-too-large = Eine Seite ist grösser als jedes Papier.
advice-page-too-large = Scannen Sie mit 200 bis 300 dpi und senden Sie höchstens die Seiten dieses Antrags.
defect-page-broken = Das Bild einer Seite ist beschädigt.
advice-page-broken = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-page-not-drawn = Eine Seite liess sich nicht darstellen.
advice-page-not-drawn = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-page-crowded = Eine Seite trägt mehr Codes, als ein Papier hat.
advice-page-crowded = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-page-unread = Eine bedruckte Seite nennt keinen Antrag.
advice-page-unread = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-codes-disagree = Die Codes einer Seite nennen Verschiedenes.
advice-codes-disagree = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-code-out-of-place = Ein Code liegt nicht dort, wo er gedruckt wurde.
advice-code-out-of-place = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-layout-unknown = Die Papiere haben eine Gestaltung, die hier nicht bekannt ist.
advice-layout-unknown = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-not-registered = Die Lage eines Blatts im Scan ist ungewiss.
advice-not-registered = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-line-unread = Die gedruckte Zeile einer Seite ist nicht lesbar.
advice-line-unread = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-line-disagrees = Die gedruckte Zeile sagt etwas anderes als die Codes.
advice-line-disagrees = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-data-disagrees = Der grosse Code sagt etwas anderes als die Seiten.
advice-data-disagrees = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-pages-disagree = Die Seiten eines Antrags widersprechen einander.
advice-pages-disagree = Drucken Sie die Papiere neu, lassen Sie sie unterschreiben und senden Sie diese.
defect-mark-unsure = Ob eine Unterschrift da ist, lässt sich nicht sicher sagen.
advice-mark-unsure = Scannen Sie die Papiere noch einmal als PDF, mit 200 bis 300 dpi.
defect-forwarded = Die E-Mail ist nicht signiert; sie trägt eine andere, signierte E-Mail als Anhang.
advice-forwarded = Senden Sie eine eigene E-Mail, mit Ihrer Karte signiert, statt eine fremde weiterzuleiten.
defect-resent = Ein anderes Postfach hat die E-Mail weitergesandt.
advice-resent = Senden Sie die E-Mail direkt aus Ihrem eigenen Postfach an die Stelle.
defect-protected-header-mismatch = Ein Kopffeld ist nicht das, das mit dem Inhalt signiert wurde.
advice-protected-header-mismatch = Senden Sie die E-Mail direkt, ohne Verteilerliste oder Gateway, die den Kopf ändern.
defect-signing-time-off = Die E-Mail wurde lange vor ihrer Ankunft signiert, oder nach ihr.
advice-signing-time-off = Stellen Sie die Uhr Ihres Computers richtig, signieren Sie die E-Mail neu und senden Sie sie.
defect-date-off = Das Datum der E-Mail liegt weit von ihrer Ankunft oder ihrer Signatur, oder ist nicht lesbar.
advice-date-off = Stellen Sie die Uhr Ihres Computers richtig und senden Sie die E-Mail neu.
defect-attachment-damaged = Eine angehängte Datei ist beschädigt.
advice-attachment-damaged = Hängen Sie die Datei noch einmal an, als PDF ohne etwas darum herum.
defect-attachment-encrypted = Eine angehängte Datei verlangt ein Passwort oder einen Schlüssel.
advice-attachment-encrypted = Hängen Sie die Datei ohne Passwort oder eigene Verschlüsselung an; verschlüsseln Sie die ganze E-Mail.
defect-attachment-too-large = Eine angehängte Datei ist zu gross, gepackt oder ausgepackt.
advice-attachment-too-large = Scannen Sie mit 300 dpi, oder senden Sie weniger Seiten in einer E-Mail.
defect-attachment-too-deep = Eine Datei liegt tiefer in Archiven oder E-Mails, als gesucht wird.
advice-attachment-too-deep = Hängen Sie den Scan selbst an, keine E-Mail und kein Archiv, in dem er liegt.
defect-attachment-too-many = Die E-Mail hat zu viele Dateien.
advice-attachment-too-many = Senden Sie weniger Dateien in einer E-Mail.
defect-attachment-unsupported = Eine Datei liegt in einem Archiv, das nicht geöffnet wird.
advice-attachment-unsupported = Packen Sie die Dateien aus und hängen Sie sie einzeln an.
defect-attachment-elsewhere = Nur ein Verweis auf eine Datei ist mitgekommen.
advice-attachment-elsewhere = Hängen Sie die Datei selbst an, keinen Verweis und keinen Teil davon.
defect-attachment-suspicious = Ein Archiv ist so gebaut, dass Programme es verschieden auspacken.
advice-attachment-suspicious = Packen Sie die Dateien aus und hängen Sie sie einzeln an.
defect-attachment-heic = Ein Bild ist im Format HEIC, das hier nicht gelesen wird.
advice-attachment-heic = Scannen Sie die Papiere als PDF, oder speichern Sie das Bild als JPEG.
defect-more-reasons = Es gibt weitere Gründe, die hier nicht stehen.
advice-more-reasons = Beheben Sie zuerst, was hier steht.
defect-document-unread = Der maschinenlesbare Teil des kopierten Ausweises ist nicht lesbar.
advice-document-unread = Kopieren Sie den Ausweis noch einmal, gerade, vollständig und ohne Spiegelung, und scannen Sie die Seite neu.
