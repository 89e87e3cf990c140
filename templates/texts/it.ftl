# Testi dei documenti in italiano (Svizzera). I valori si scrivono { $name }; **grassetto** mette in risalto.

# Data e pagine
month-1 = gennaio
month-2 = febbraio
month-3 = marzo
month-4 = aprile
month-5 = maggio
month-6 = giugno
month-7 = luglio
month-8 = agosto
month-9 = settembre
month-10 = ottobre
month-11 = novembre
month-12 = dicembre
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
date-long = { $number ->
    [1] 1°{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
   *[other] { $day }{ "\u00A0" }{ $month }{ "\u00A0" }{ $year }
    }
date-short = { $day2 }.{ $month }.{ $year }
page-of = Pagina { $page } di { $pages }
page-line = { $paper }, pagina { $page } di { $pages }
keep-clear = Codici e riga sono letti da una macchina: per favore non scrivere, timbrare o pinzare qui.

# Nomi dei documenti
paper-request = Richiesta di certificati
paper-receipt = Ricevuta
paper-agreement = Condizioni d’uso
request-title = Richiesta di certificati
receipt-title = Ricevuta della carta
agreement-title = Condizioni d’uso
paper-title = { $title }
sets-document = { $count ->
    [one] Documenti di domanda di una persona
   *[other] Documenti di domanda di { $count } persone
    }
document-title = Documenti della richiesta { $request_id }

# Campi
label-request-id = Numero della richiesta
label-card-serial = Numero della carta
label-page = Pagina
label-page-value = { $page } di { $pages }
label-name = Nome
label-family-name = Cognome
label-given-names = Nomi
label-birth-date = Data di nascita
label-nationality = Cittadinanza
label-ahv = Numero AVS
label-mail = E-mail
label-organisation = Organizzazione
label-unit = Unità organizzativa
label-site = Sede
label-delivery = Recapito della lettera
label-document-kind = Tipo di documento
label-document-number = Numero del documento
label-document-issuer = Stato di rilascio
label-document-expiry = Valido fino al
label-place-date = Luogo, data
label-date = Data
label-handed-over-by = Consegnata da
label-delivery-number = Bolla di consegna n.
label-batch = Lotto di stampa
label-envelope = Busta
delivery-post = Posta, indirizzo privato
delivery-rio = E-mail al RIO
delivery-in-person = nessuna, carta aperta sul posto
document-passport = Passaporto
document-identity-card = Carta d’identità
care-of = c/o { $name }
po-box = Casella postale { $number }

# Paesi negli indirizzi; gli altri figurano in inglese
country-at = Austria
country-de = Germania
country-fr = Francia
country-it = Italia
country-li = Liechtenstein

# Richiesta
section-person = Persona
section-organisation = Luogo di lavoro
section-address = Indirizzo privato
section-travel-document = Documento d’identità
section-rio = Identificazione da parte del RIO
section-holder = Titolare
data-code-caption = Gli stessi dati per la macchina. Allestito il { $printed }.
alt-data-code = Codice QR con i dati di questa richiesta
copy-passport = **Copiare qui il documento.** Porre la pagina dei dati del passaporto a grandezza naturale tra i segni di taglio, con la fotografia e le due righe in basso. Diritta, completa, senza riflessi.
copy-identity-card = **Copiare qui la carta d’identità.** A sinistra il fronte con la fotografia, a destra il retro con le tre righe, entrambi a grandezza naturale tra i segni di taglio. Diritta, completa, senza riflessi.
rio-confirms = Ho identificato la persona in sua presenza mediante l’originale valido di questo documento e ho confrontato i dati con lo stesso.
holder-confirms = I dati su questo foglio sono esatti e completi. Con essi richiedo tre certificati sulla carta sopra indicata.
signature-rio = Firma del RIO: { $rio_name }
signature-holder = Firma: { $holder_name }

# Ricevuta
receipt-intro = Io, **{ $holder_name }**, ho ricevuto oggi personalmente la carta indicata sotto. È sigillata e vuota: non contiene ancora alcun certificato e nessuno ne conosce il PIN.
receipt-compare = Da confrontare: lo stesso numero è stampato sulla carta. Se è diverso, non accetti la carta.
receipt-received = Che cosa ho ricevuto
receipt-item-1 = una carta a chip sigillata con il numero sopra indicato, integra
receipt-item-2 = le condizioni d’uso, versione { $agreement_version }, da leggere e conservare
receipt-item-3 = le indicazioni su come dissigillare la carta e su che cosa fare in caso di perdita
receipt-next = Come si prosegue
receipt-next-text = L’ufficio di registrazione esamina la richiesta ed emette i certificati. In seguito riceverà una lettera con un eTicket. Con la carta e la lettera si rechi a una postazione di lavoro con due lettori e vi scelga il proprio PIN. Fino ad allora conservi la carta in luogo sicuro. Se la perde, lo annunci subito: { $office_phone }.

# Condizioni d’uso
agreement-version-line = Versione { $agreement_version }, italiano. Pubblicato da { $office-name }.
agreement-confirms = Io, **{ $holder_name }**, ho letto e compreso le condizioni d’uso nella versione { $agreement_version } e mi impegno a rispettarle. Ne ho ricevuto una copia.

# Lettera
letter-title = Lettera di dissigillamento { $letter_id }
letter-place-date = { $office_place }, { $date }
letter-subject = Il Suo eTicket: come dissigillare la carta
letter-greeting = Buongiorno { $recipient_name }
letter-intro = I Suoi certificati sono stati emessi. Con l’eTicket su questo foglio può dissigillare la carta, quella il cui numero termina con **{ $card_end }**, e scegliere il proprio PIN. L’eTicket vale una sola volta, fino al **{ $until }**. Non lo dia a nessuno e non lo conservi insieme alla carta.
letter-ticket-caption = eTicket
letter-ticket-note = Quattro gruppi di cinque caratteri. Le lettere I, L, O e U non compaiono; maiuscole e minuscole si equivalgono.
letter-steps-title = In cinque passi
letter-step-1 = Con la carta, questa lettera e il documento d’identità si rechi a una postazione di lavoro con **due lettori di carte**. Una collega o un collega vi è collegato e La aiuta.
letter-step-2 = Apra l’assistente, menu **Dissigillare il token**, e inserisca la carta nel secondo lettore.
letter-step-3 = Digiti l’**eTicket**, gruppo per gruppo. In caso di errore di battitura l’assistente indica quale gruppo è sbagliato.
letter-step-4 = Scelga il **PIN** e una **domanda con la sua risposta**, con cui in seguito potrà far revocare la carta. Li conosce soltanto Lei.
letter-step-5 = Attenda che l’assistente mostri **Carta pronta**. Poi distrugga questa lettera.
letter-help-title = Domande?
letter-not-yours-title = Non è per Lei?
letter-not-yours = La rispedisca al mittente senza leggerla. Se la busta era aperta o se la carta manca, lo annunci subito.
letter-number-line = Lettera { $letter_id }
alt-letter-code = Codice QR con il numero di questa lettera, per i rinvii

# Bolla di consegna
delivery-note-title = Bolla di consegna per carte a chip
delivery-note-intro = { $cards ->
    [one] Con questa bolla la sede riceve una carta a chip sigillata e vuota. La confronti con il numero sulla carta e la spunti.
   *[other] Con questa bolla la sede riceve { $cards } carte a chip sigillate e vuote. Confronti ciascuna con il numero sulla carta e la spunti.
    }
delivery-note-confirms = Ho ricevuto le carte spuntate al completo, sigillate e integre, e le conservo sotto chiave.
column-position = N.
column-received = Ricevuta
signature-receiver = Nome e firma della persona che riceve
delivery-note-document = Bolla di consegna { $number }

# Foglio di copertina
cover-title = Spedizione: foglio di copertina
cover-letters = Lettere in questo lotto
cover-note = Contare prima e dopo l’imbustamento. Se il numero è diverso, non spedire il lotto e avvisare l’ufficio. Le stampe difettose vanno distrutte, mai gettate con la carta straccia.
column-file = File di stampa
column-language = Lingua
column-country = Paese
column-count = Numero
signature-dispatch = Nome e firma della spedizione
cover-document = Foglio di copertina { $batch }

# Domanda di revoca
paper-revocation = Domanda di revoca
revocation-title = Domanda di revoca della carta
revocation-document = Domanda di revoca { $request_id }
revocation-intro = Con questa domanda vengono revocati **tutti i certificati** della carta indicata. La revoca è definitiva. Se la carta è smarrita o qualcuno conosce il PIN, telefonate prima al numero { $office_phone }.
revocation-card = Carta
revocation-reason = Perché la carta deve essere revocata?
revocation-lost = La carta è smarrita, rubata o distrutta.
revocation-compromised = Un’altra persona conosce o potrebbe conoscere il PIN.
revocation-left = Il rapporto di lavoro o la funzione termina.
revocation-changed = Nome, organizzazione o indirizzo e-mail non sono più esatti.
revocation-other = Altro motivo:
revocation-requester = Chi presenta la domanda?
revocation-holder = la o il titolare della carta
revocation-manager = la persona superiore
revocation-hr = il servizio del personale
revocation-office = l’ufficio di registrazione
revocation-since = Da quando (data, ora)
revocation-phone = Telefono per domande
revocation-name = Nome della persona richiedente
revocation-confirms = Le indicazioni sono esatte. Ho il diritto di chiedere questa revoca e so che in seguito i dati cifrati saranno leggibili solo con una copia di sicurezza della chiave.
signature-requester = Firma della persona richiedente

# Bolla di consegna con codici
paper-delivery_note = Bolla di consegna

# Foglio di prova per buste
envelope-title = Foglio di prova per buste con finestra
envelope-document = Foglio di prova { $envelope }
envelope-intro = Piegate questo foglio ai segni sul margine sinistro e inseritelo nella busta. **La prova è riuscita se, scuotendo la busta, resta visibile tutto l’indirizzo** e nella finestra non appare altro. Il riquadro colorato segue il bordo della finestra, quelli grigi ne distano 3 mm; i trattini contano i millimetri.
envelope-profile = Profilo
envelope-window = Finestra (sinistra / alto / larghezza × altezza)
envelope-folds = Pieghe dall’alto
envelope-wrong = Se non va bene, misurate sulla scala di quanto e riportate il valore nella configurazione: dispatch.window, window_mm, in millimetri dall’angolo superiore sinistro del foglio.
envelope-ticket = Qui nella lettera si trova l’eTicket. Tenete la busta chiusa contro la luce: se questa frase è leggibile dall’esterno, usate buste con una stampa interna più fitta.

# Foglio di rilevamento
blank-title = Foglio di rilevamento
blank-document = Foglio di rilevamento per una domanda di certificati
blank-intro = Da compilare a mano quando non c’è un apparecchio a disposizione. Il RIO inserisce poi i dati e stampa i documenti della domanda; questo foglio non viene scansionato e dopo l’inserimento viene distrutto.
blank-street = Via, numero o casella postale
blank-care-of = Complemento d’indirizzo (c/o)
blank-town = Numero postale, località, Paese
blank-language = Lingua dei documenti
blank-de = tedesco
blank-fr = francese
blank-it = italiano
blank-en = inglese
blank-optional = facoltativo
blank-hint-date = giorno, mese, anno
blank-hint-card = dieci cifre, come sulla carta
blank-hint-document = come nella riga leggibile a macchina
blank-note = Osservazioni

alt-logo = Logo: { $office-name }
