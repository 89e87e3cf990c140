# E-mail, e ciò che non va in un invio. I valori si scrivono { $name }.

submit = In allegato i documenti firmati: { $requests }.
mail-with-subject = «{ $subject }» del { $arrived }
mail-without-subject = del { $arrived }
moment = { $date }, { $time } UTC
reply-defects-subject = La Sua richiesta di certificati non ha potuto essere accettata
reply-defects =
    La Sua e-mail { $mail } non è stata accettata. Ecco tutti i motivi:

    { $reasons }
    Nulla va perso: la Sua e-mail è conservata. Corregga quanto indicato e rispedisca i documenti in una nuova e-mail.

    { $office }
    { $contact }
reply-rejected-subject = La richiesta { $request } è stata respinta
reply-rejected =
    L’ufficio di registrazione ha respinto la richiesta { $request }:

    { $reason }

    La carta è di nuovo libera e può servire per una nuova richiesta.

    { $office }
    { $contact }
notice-issued-subject = Sono stati emessi certificati a Suo nome
notice-issued =
    Buongiorno { $name }

    A Suo nome sono stati emessi certificati per la carta { $serial } (richiesta { $request }). Una lettera con il numero
    che apre la carta è in arrivo.

    Se non l’ha chiesto Lei, ce lo annunci subito:

    { $office }
    { $contact }
notice-issued-in-person =
    Buongiorno { $name }

    A Suo nome sono stati emessi certificati, al nostro sportello, per la carta { $serial } (richiesta { $request }). Lei apre
    la carta sul posto.

    Se non l’ha chiesto Lei, ce lo annunci subito:

    { $office }
    { $contact }
notice-unsealed-subject = La Sua carta è stata aperta
notice-unsealed =
    Buongiorno { $name }

    La carta { $serial } (richiesta { $request }) è stata aperta con il numero della Sua lettera ed è ora in uso.

    Se non è stato Lei, faccia revocare subito la carta:

    { $office }
    { $contact }
notice-unsealed-in-person =
    Buongiorno { $name }

    La carta { $serial } (richiesta { $request }) è stata aperta al nostro sportello ed è ora in uso.

    Se non è stato Lei, faccia revocare subito la carta:

    { $office }
    { $contact }
notice-revoked-subject = I Suoi certificati sono stati revocati
notice-revoked =
    Buongiorno { $name }

    Tutti i certificati della carta { $serial } (richiesta { $request }) sono stati revocati. La carta non può più essere usata.

    { $office }
    { $contact }
letter-mail-subject = Lettera di dissigillamento da consegnare
letter-mail =
    La lettera allegata riguarda la richiesta { $request }. La stampi, la consegni personalmente e cancelli
    questa e-mail.

# Difetti: che cosa non va, e che cosa fare
defect-too-large = L’e-mail o qualcosa al suo interno è più grande, più annidato o più numeroso di quanto si accetti.
advice-too-large = Invii meno scansioni, o più piccole, in una sola e-mail.
defect-malformed-mail = L’intestazione dell’e-mail è scritta in modo che i programmi la leggano diversamente.
advice-malformed-mail = Rispedisca l’e-mail dal Suo programma di posta, senza un programma intermedio che la riscriva.
defect-duplicate-header = Un campo d’intestazione ammesso una sola volta compare due volte; non è certo quale valga.
advice-duplicate-header = Rispedisca l’e-mail dal Suo programma di posta, senza un programma intermedio che la riscriva.
defect-malformed-mime = Le parti dell’e-mail non si possono separare con certezza.
advice-malformed-mime = Rispedisca l’e-mail dal Suo programma di posta, senza un programma intermedio che la riscriva.
defect-not-signed = L’e-mail non è firmata con S/MIME.
advice-not-signed = Firmi l’e-mail con la Sua carta (S/MIME) e la rispedisca.
defect-unsigned-content = C’è del contenuto che la firma non copre: accanto, prima, dopo o intorno alla parte firmata.
advice-unsigned-content = Invii l’e-mail direttamente, senza liste o gateway che vi aggiungano qualcosa.
defect-decryption-failed = L’e-mail è cifrata e nessuna chiave la apre, o il contenuto non è firmato validamente.
advice-decryption-failed = Firmi l’e-mail e la cifri per il certificato pubblicato dall’ufficio, oppure la invii solo firmata.
defect-malformed-cms = I dati della firma non sono leggibili.
advice-malformed-cms = Firmi di nuovo l’e-mail, con un altro programma di posta se il problema si ripete.
defect-trailing-data = Dopo la fine dei dati della firma seguono altri byte.
advice-trailing-data = Firmi di nuovo l’e-mail, con un altro programma di posta se il problema si ripete.
defect-no-signer = I dati della firma contengono solo certificati, nessuna firma.
advice-no-signer = Firmi l’e-mail con la Sua carta (S/MIME) e la rispedisca.
defect-several-signers = C’è più di una firma; ne serve esattamente una.
advice-several-signers = Firmi l’e-mail una sola volta, con la propria carta.
defect-content-twice = I dati della firma portano un contenuto proprio oltre alla parte firmata.
advice-content-twice = Firmi di nuovo l’e-mail, con un altro programma di posta se il problema si ripete.
defect-content-missing = I dati della firma dovrebbero contenere il contenuto firmato e non lo contengono.
advice-content-missing = Firmi di nuovo l’e-mail, con un altro programma di posta se il problema si ripete.
defect-content-altered = Il contenuto non è quello firmato: è stato alterato lungo il percorso o firmato in modo errato.
advice-content-altered = Rispedisca l’e-mail; chieda ai responsabili della posta se un gateway altera le e-mail.
defect-signature-wrong = La firma non è stata fatta con la chiave del certificato.
advice-signature-wrong = Firmi di nuovo l’e-mail con la Sua carta.
defect-signed-attributes-missing = Alla firma mancano gli attributi firmati che ogni programma di posta scrive.
advice-signed-attributes-missing = Firmi l’e-mail con un altro programma di posta.
defect-signed-attributes-not-der = Gli attributi firmati non sono nell’unica forma che vale (DER).
advice-signed-attributes-not-der = Firmi l’e-mail con un altro programma di posta.
defect-signed-attribute-wrong = Un attributo firmato manca, è doppio o non corrisponde.
advice-signed-attribute-wrong = Firmi l’e-mail con un altro programma di posta.
defect-signing-certificate-mismatch = La firma indica di appartenere a un certificato diverso da quello allegato.
advice-signing-certificate-mismatch = Firmi di nuovo l’e-mail con la Sua carta.
defect-signers-differ = L’e-mail è firmata a strati, non tutti della stessa persona.
advice-signers-differ = Firmi l’e-mail una sola volta, con la propria carta.
defect-algorithm-weak = La firma usa un algoritmo troppo debole; serve SHA-256 o più forte.
advice-algorithm-weak = Imposti il programma di posta su SHA-256 e firmi di nuovo.
defect-algorithm-unknown = La firma usa un algoritmo che non è ammesso.
advice-algorithm-unknown = Firmi con RSA o ECDSA e SHA-256.
defect-algorithm-mismatch = Algoritmo di firma, hash, parametri e chiave non si accordano.
advice-algorithm-mismatch = Firmi di nuovo l’e-mail, con un altro programma di posta se il problema si ripete.
defect-signer-certificate-missing = Nell’e-mail manca il certificato di chi firma.
advice-signer-certificate-missing = Imposti il programma di posta in modo che invii il certificato con la firma.
defect-certificate-malformed = Il certificato di chi firma non è leggibile.
advice-certificate-malformed = Chieda un nuovo certificato all’ufficio.
defect-certificate-signature-wrong = Un certificato non è validamente firmato dall’autorità che indica.
advice-certificate-signature-wrong = Firmi con la Sua carta di classe B.
defect-issuer-untrusted = Il certificato non proviene da un’autorità riconosciuta dall’ufficio.
advice-issuer-untrusted = Firmi con la Sua carta di classe B.
defect-key-weak = Una chiave è troppo debole o di un tipo non ammesso.
advice-key-weak = Chieda una nuova carta all’ufficio.
defect-revoked = Il certificato, o uno superiore, è revocato.
advice-revoked = Chieda una nuova carta all’ufficio.
defect-not-a-ca = Un certificato ha firmato il Suo senza essere di un’autorità di certificazione.
advice-not-a-ca = Firmi con la Sua carta di classe B.
defect-path-constraint = È violata una regola posta da un’autorità per i certificati che ne dipendono.
advice-path-constraint = Firmi con la Sua carta di classe B.
defect-name-not-allowed = L’autorità non può emettere certificati per questo nome.
advice-name-not-allowed = Chieda un nuovo certificato all’ufficio.
defect-policy-missing = Il certificato non è stato emesso secondo una politica richiesta.
advice-policy-missing = Firmi con la Sua carta di classe B.
defect-critical-extension = Un certificato ha un’estensione critica qui sconosciuta.
advice-critical-extension = Chieda un nuovo certificato all’ufficio.
defect-key-usage = Il certificato non è destinato a firmare.
advice-key-usage = Scelga nel programma di posta il certificato di firma della Sua carta.
defect-extended-key-usage = Il certificato non è destinato alla posta elettronica.
advice-extended-key-usage = Scelga nel programma di posta il certificato di firma della Sua carta.
defect-expired = Il certificato, o uno superiore, è scaduto.
advice-expired = Rinnovi la carta e firmi di nuovo.
defect-not-yet-valid = Il certificato, o uno superiore, non è ancora valido.
advice-not-yet-valid = Attenda che il certificato sia valido e firmi di nuovo.
defect-from-missing = L’e-mail non indica da chi proviene.
advice-from-missing = Rispedisca l’e-mail dal Suo programma di posta.
defect-from-malformed = Il campo «Da» non è esattamente un semplice indirizzo e-mail.
advice-from-malformed = Invii dalla propria casella, con il solo Suo indirizzo nel campo «Da».
defect-from-misleading = Il nome mostrato con l’indirizzo del mittente somiglia a un altro indirizzo e-mail.
advice-from-misleading = Imposti il Suo nome nel programma di posta, senza un altro indirizzo e-mail.
defect-from-mismatch = L’indirizzo del mittente non figura nel certificato.
advice-from-mismatch = Invii dalla casella per cui è stato emesso il Suo certificato.
defect-sender-mismatch = L’e-mail è stata inviata da una casella diversa da quella di chi firma.
advice-sender-mismatch = Invii dalla propria casella, non per conto di altri.
defect-address-missing = Il certificato non contiene alcun indirizzo e-mail.
advice-address-missing = Scelga nel programma di posta il certificato di firma della Sua carta.
defect-revocation-stale = Non si sa se un certificato sia revocato: la lista di revoca più recente è scaduta. L’e-mail è in attesa.
advice-revocation-stale = Non faccia nulla: l’ufficio si procura la lista ed esamina di nuovo l’e-mail.
defect-revocation-unknown = Non si sa se un certificato sia revocato: non c’è una lista di revoca utilizzabile. L’e-mail è in attesa.
advice-revocation-unknown = Non faccia nulla: l’ufficio si procura la lista ed esamina di nuovo l’e-mail.
defect-signer-not-enrolled = Il certificato non è iscritto qui come quello di un RIO.
advice-signer-not-enrolled = Faccia iscrivere il Suo certificato dalla persona responsabile della sicurezza.
defect-seen-before = Questi documenti sono già arrivati.
advice-seen-before = Non invii i documenti due volte. Se manca una risposta, chieda all’ufficio.
defect-no-scan = Nella parte firmata non è allegata alcuna scansione.
advice-no-scan = Alleghi la scansione, in PDF o come immagine, all’e-mail che firma.
defect-scan-unreadable = Un file allegato non è leggibile.
advice-scan-unreadable = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-no-request = Nessuna pagina della scansione indica una richiesta.
advice-no-request = Scansioni i documenti stampati per questa richiesta, tutte le pagine con i loro codici.
defect-page-missing = Manca una pagina.
advice-page-missing = Scansioni tutte le pagine e le invii in una sola e-mail.
defect-page-twice = Una pagina è doppia.
advice-page-twice = Invii ogni pagina una sola volta.
defect-differs-from-draft = I documenti dicono altro rispetto alla richiesta registrata.
advice-differs-from-draft = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-serial-differs = Il numero di serie nei codici non è quello nei dati della richiesta.
advice-serial-differs = Stampi di nuovo i documenti, con il numero di serie riportato sulla carta.
defect-card-unknown = Questa carta non fa parte delle scorte.
advice-card-unknown = Confronti il numero di serie con la carta; prenda una carta consegnata alla Sua sede.
defect-card-of-other-site = Questa carta è stata consegnata a un’altra sede.
advice-card-of-other-site = Prenda una carta consegnata alla propria sede e stampi di nuovo i documenti.
defect-card-taken = Questa carta è già usata in un’altra richiesta.
advice-card-taken = Prenda un’altra carta e stampi di nuovo i documenti.
defect-card-not-free = Questa carta non può più essere usata.
advice-card-not-free = Prenda un’altra carta e stampi di nuovo i documenti.
defect-rio-of-other-site = Lei non è iscritto presso la sede di questa richiesta.
advice-rio-of-other-site = Faccia inviare la richiesta da un RIO di quella sede, oppure si faccia iscrivere lì.
defect-walk-in = Questi documenti appartengono a un rilascio allo sportello.
advice-walk-in = Li porti alla LRAO che li ha stampati, oppure stampi una richiesta propria.
defect-request-already-received = La richiesta è già in lavorazione.
advice-request-already-received = Non faccia nulla. Una correzione richiede una nuova richiesta.
defect-data-unread = Il codice grande con i dati non è leggibile.
advice-data-unread = Scansioni di nuovo la prima pagina, diritta e senza nulla sopra il codice grande.
defect-file-too-large = Un file è più grande di qualsiasi scansione.
advice-file-too-large = Scansioni a 200–300 dpi e invii solo le pagine di questa richiesta.
defect-file-kind = Un file è di un tipo che qui non si legge.
advice-file-kind = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-file-broken = Un file è danneggiato.
advice-file-broken = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-file-encrypted = Un file è protetto da password.
advice-file-encrypted = Invii il file senza password; l’e-mail stessa può essere cifrata.
defect-file-empty = Un file non contiene alcuna pagina.
advice-file-empty = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-file-too-many-pages = Un file ha troppe pagine.
advice-file-too-many-pages = Scansioni a 200–300 dpi e invii solo le pagine di questa richiesta.
defect-page-too-large = Una pagina è più grande di qualsiasi foglio.
advice-page-too-large = Scansioni a 200–300 dpi e invii solo le pagine di questa richiesta.
defect-page-broken = L’immagine di una pagina è danneggiata.
advice-page-broken = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-page-not-drawn = Una pagina non ha potuto essere rappresentata.
advice-page-not-drawn = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-page-crowded = Una pagina reca più codici di quanti ne abbia un documento.
advice-page-crowded = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-page-unread = Una pagina stampata non indica alcuna richiesta.
advice-page-unread = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-codes-disagree = I codici di una pagina indicano cose diverse.
advice-codes-disagree = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-code-out-of-place = Un codice non si trova dove è stato stampato.
advice-code-out-of-place = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-layout-unknown = I documenti hanno un’impostazione grafica qui sconosciuta.
advice-layout-unknown = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-not-registered = La posizione di un foglio nella scansione è incerta.
advice-not-registered = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-line-unread = La riga stampata di una pagina non è leggibile.
advice-line-unread = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-line-disagrees = La riga stampata dice altro rispetto ai codici.
advice-line-disagrees = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-data-disagrees = Il codice grande dice altro rispetto alle pagine.
advice-data-disagrees = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-pages-disagree = Le pagine di una richiesta si contraddicono.
advice-pages-disagree = Stampi di nuovo i documenti, li faccia firmare e invii questi.
defect-mark-unsure = Non si può dire con certezza se una firma sia presente.
advice-mark-unsure = Scansioni di nuovo i documenti in PDF, a 200–300 dpi.
defect-forwarded = L’e-mail non è firmata; reca in allegato un’altra e-mail firmata.
advice-forwarded = Invii una propria e-mail, firmata con la Sua carta, invece di inoltrarne una altrui.
defect-resent = Un’altra casella ha rispedito l’e-mail.
advice-resent = Invii l’e-mail direttamente all’ufficio dalla propria casella.
defect-protected-header-mismatch = Un campo d’intestazione non è quello firmato insieme al contenuto.
advice-protected-header-mismatch = Invii l’e-mail direttamente, senza liste o gateway che ne modifichino l’intestazione.
defect-signing-time-off = L’e-mail è stata firmata molto prima del suo arrivo, o dopo.
advice-signing-time-off = Regoli l’orologio del computer, firmi di nuovo l’e-mail e la invii.
defect-date-off = La data dell’e-mail è lontana dal suo arrivo o dalla sua firma, o non è leggibile.
advice-date-off = Regoli l’orologio del computer e invii di nuovo l’e-mail.
defect-attachment-damaged = Un file allegato è danneggiato.
advice-attachment-damaged = Alleghi di nuovo il file, in PDF senza nulla intorno.
defect-attachment-encrypted = Un file allegato richiede una password o una chiave.
advice-attachment-encrypted = Alleghi il file senza password né cifratura propria; cifri l’intera e-mail.
defect-attachment-too-large = Un file allegato è troppo grande, compresso o meno.
advice-attachment-too-large = Scansioni a 300 dpi, o invii meno pagine in una sola e-mail.
defect-attachment-too-deep = Un file si trova più in profondità in archivi o e-mail di quanto si cerchi.
advice-attachment-too-deep = Alleghi la scansione stessa, non un’e-mail o un archivio che la contiene.
defect-attachment-too-many = L’e-mail contiene troppi file.
advice-attachment-too-many = Invii meno file in una sola e-mail.
defect-attachment-unsupported = Un file si trova in un archivio che non viene aperto.
advice-attachment-unsupported = Estragga i file e li alleghi uno per uno.
defect-attachment-elsewhere = È arrivato solo un rimando a un file.
advice-attachment-elsewhere = Alleghi il file stesso, non un rimando né una sua parte.
defect-attachment-suspicious = Un archivio è fatto in modo che i programmi lo estraggano diversamente.
advice-attachment-suspicious = Estragga i file e li alleghi uno per uno.
defect-attachment-heic = Un’immagine è nel formato HEIC, che qui non si legge.
advice-attachment-heic = Scansioni i documenti in PDF, o salvi l’immagine in JPEG.
defect-more-reasons = Ci sono altri motivi, non elencati qui.
advice-more-reasons = Corregga prima quanto è elencato qui.
defect-document-unread = La zona a lettura ottica del documento copiato non è leggibile.
advice-document-unread = Copi di nuovo il documento, diritto, completo e senza riflessi, e scansioni di nuovo la pagina.
