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
keep-clear = Codici e riga sono letti a macchina. Per favore non scrivere, timbrare o pinzare qui.

# Nomi dei documenti
paper-request = Richiesta di certificati
paper-receipt = Ricevuta
paper-agreement = Condizioni d’uso
request-title = Richiesta di certificati
receipt-title = Ricevuta della carta
agreement-title = Condizioni d’uso
sets-document = { $count ->
    [one] Documenti della richiesta di una persona
   *[other] Documenti delle richieste di { $count } persone
    }
document-title = Documenti della richiesta { $request_id }

# Campi
label-request-id = Numero della richiesta
label-card-serial = Numero della carta
label-page = Pagina
label-page-value = { $page } di { $pages }
label-name = Nome e cognome
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
label-handed-over-by = Carta consegnata da
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
country-be = Belgio
country-ch = Svizzera
country-cz = Cechia
country-de = Germania
country-es = Spagna
country-fr = Francia
country-gb = Regno Unito
country-gr = Grecia
country-hr = Croazia
country-hu = Ungheria
country-it = Italia
country-li = Liechtenstein
country-lu = Lussemburgo
country-nl = Paesi Bassi
country-pl = Polonia
country-pt = Portogallo
country-ro = Romania
country-si = Slovenia
country-sk = Slovacchia
country-tr = Turchia
country-us = Stati Uniti

# Richiesta
section-person = Persona
section-organisation = Luogo di lavoro
section-address = Indirizzo privato
section-travel-document = Documento d’identità
section-rio = Identificazione da parte del RIO
section-lrao = Identificazione da parte del LRAO
section-holder = Titolare
data-code-caption = Gli stessi dati, leggibili a macchina. Allestito{ "\u00A0" }il{ "\u00A0" }{ $printed }.
alt-data-code = Codice QR con i dati di questa richiesta
copy-passport = **Copiare qui il documento.** Porre la pagina dei dati del passaporto a grandezza naturale tra i segni di taglio, con la fotografia e le due righe in basso. Diritta, completa, senza riflessi.
copy-identity-card = **Copiare qui la carta d’identità.** A sinistra il fronte con la fotografia, a destra il retro con le tre righe, entrambi a grandezza naturale tra i segni di taglio. Diritta, completa, senza riflessi.
rio-confirms = Ho identificato la persona di presenza mediante l’originale valido di questo documento e ho confrontato i dati con esso.
holder-confirms = I dati su questo foglio sono esatti e completi. Con essi richiedo tre certificati sulla carta sopra indicata.
signature-rio = Firma del RIO: { $rio_name }
signature-lrao = Firma del LRAO: { $rio_name }
signature-holder = Firma: { $holder_name }

# Ricevuta
receipt-intro = La persona sottoscritta, **{ $holder_name }**, conferma di aver ricevuto oggi personalmente la carta indicata sotto. La carta è sigillata e vuota: non contiene ancora alcun certificato e nessuno ne conosce il PIN.
receipt-compare = Da confrontare: lo stesso numero è stampato sulla carta. Se è diverso, non accetti la carta.
receipt-received = Materiale ricevuto
receipt-item-1 = una carta a chip sigillata con il numero sopra indicato, integra
receipt-item-2 = le condizioni d’uso, versione { $agreement_version }, da leggere e conservare
receipt-item-3 = le indicazioni su come dissigillare la carta e su che cosa fare in caso di perdita
receipt-next = I prossimi passi
receipt-next-text = L’ufficio di registrazione esamina la richiesta ed emette i certificati. In seguito riceverà una lettera con un eTicket. Con la carta e la lettera si recherà a una postazione di lavoro con due lettori, dove sceglierà il Suo PIN. Fino ad allora conservi la carta in un luogo sicuro. Se la perde, lo segnali subito: { $office_phone }.
receipt-here-text = L’ufficio di registrazione esamina la richiesta ed emette subito i certificati. Allo sportello sceglierà il Suo PIN e la carta sarà aperta; non c’è nessuna lettera. Se perde la carta, lo segnali subito: { $office_phone }.

# Condizioni d’uso
agreement-version-line = Versione { $agreement_version }, italiano · { $office-name }
agreement-confirms = La persona sottoscritta, **{ $holder_name }**, conferma di aver letto e compreso le condizioni d’uso, versione { $agreement_version }, e si impegna a rispettarle. Ne ha ricevuto una copia.

# Lettera
letter-title = Lettera di dissigillamento { $letter_id }
letter-place-date = { $office_place }, { $date }
letter-subject = Il Suo eTicket: come dissigillare la carta
letter-greeting = Buongiorno { $recipient_name }
letter-intro = I Suoi certificati sono stati emessi. Con l’eTicket su questo foglio può dissigillare la Sua carta, il cui numero termina con **{ $card_end }**, e scegliere il Suo PIN. L’eTicket vale una sola volta, fino al **{ $until }**. Non lo dia a nessuno e non lo conservi insieme alla carta.
letter-ticket-caption = eTicket
letter-ticket-note = Quattro gruppi di cinque caratteri. Le lettere I, L, O e U non compaiono; maiuscole e minuscole sono equivalenti.
letter-steps-title = In cinque passi
letter-step-1 = Con la carta, questa lettera e il documento d’identità si rechi a una postazione di lavoro con **due lettori di carte**. Una o un collega vi ha già effettuato l’accesso e La aiuta.
letter-step-2 = Apra l’assistente, menu **Dissigillare il token**, e inserisca la carta nel secondo lettore.
letter-step-3 = Digiti l’**eTicket**, gruppo per gruppo. In caso di errore di battitura l’assistente indica quale gruppo è sbagliato.
letter-step-4 = Scelga il **PIN** e una **domanda con la sua risposta**, con cui in seguito potrà far revocare la carta. Li conosce soltanto Lei.
letter-step-5 = Attenda che l’assistente mostri **Carta pronta**. Poi distrugga questa lettera.
letter-help-title = Domande?
letter-not-yours-title = Qualcosa non va?
letter-not-yours = Se questa lettera non è per Lei, la rispedisca senza leggerla. Se la busta era aperta o se manca la carta, lo segnali subito.
letter-number-line = Lettera { $letter_id }
alt-letter-code = Codice QR con il numero di questa lettera, per i rinvii

# Bolla di consegna
delivery-note-title = Bolla di consegna di carte a chip
delivery-note-intro = { $cards ->
    [one] Con questa bolla la sede riceve una carta a chip sigillata e vuota. La confronti con il numero sulla carta e la spunti.
   *[other] Con questa bolla la sede riceve { $cards } carte a chip sigillate e vuote. Confronti ciascuna con il numero sulla carta e la spunti.
    }
delivery-note-confirms = Ho ricevuto le carte spuntate al completo, sigillate e integre, e le conservo sotto chiave.
column-position = N.
column-received = Ricevuta
signature-receiver = Nome e firma della persona che riceve
delivery-note-document = Bolla di consegna { $number }

# Distinta di spedizione
cover-title = Distinta di spedizione
cover-letters = Lettere in questo lotto
cover-note = Contare prima e dopo l’imbustamento. Se il numero non corrisponde, non spedire il lotto e avvisare l’ufficio di registrazione. Le stampe difettose vanno distrutte, mai gettate nella carta straccia.
column-file = File di stampa
column-language = Lingua
column-country = Paese
cover-rest = altri Paesi
column-count = Numero
signature-dispatch = Nome e firma del servizio di spedizione
cover-document = Distinta di spedizione { $batch }

# Richiesta di revoca
paper-revocation = Richiesta di revoca
revocation-title = Richiesta di revoca della carta
revocation-document = Richiesta di revoca { $request_id }
revocation-intro = Con questa richiesta vengono revocati **tutti i certificati** della carta indicata. La revoca è definitiva. Se la carta è smarrita o qualcuno conosce il PIN, telefoni prima al numero { $office_phone }.
revocation-card = Carta
revocation-reason = Perché la carta deve essere revocata?
revocation-lost = La carta è smarrita, rubata o distrutta.
revocation-compromised = Un’altra persona conosce o potrebbe conoscere il PIN.
revocation-left = Il rapporto di lavoro o la funzione termina.
revocation-changed = Nome, organizzazione o indirizzo e-mail non sono più esatti.
revocation-other = Altro motivo:
revocation-requester = Chi presenta la richiesta?
revocation-holder = la o il titolare della carta
revocation-manager = la o il superiore
revocation-hr = il servizio del personale
revocation-office = l’ufficio di registrazione
revocation-since = Da quando (data, ora)
revocation-phone = Telefono per eventuali domande
revocation-name = Nome della persona richiedente
revocation-confirms = Le indicazioni sono esatte. Ho il diritto di chiedere questa revoca e so che in seguito i dati cifrati saranno leggibili solo con una copia di sicurezza della chiave.
signature-requester = Firma della persona richiedente

# Bolla di consegna con codici
paper-delivery_note = Bolla di consegna

# Foglio di prova per buste
envelope-title = Foglio di prova per buste con finestra
envelope-document = Foglio di prova { $envelope }
envelope-intro = Piegare questo foglio lungo i segni sul margine sinistro e inserirlo nella busta. **Va bene se, scuotendo la busta, resta visibile tutto l’indirizzo** e nella finestra non appare altro. Il riquadro colorato segue il bordo della finestra, quelli grigi ne distano 3{ "\u00A0" }mm; i trattini contano i millimetri.
envelope-profile = Profilo
envelope-window = Finestra (sinistra / alto / larghezza × altezza)
envelope-folds = Pieghe dall’alto
envelope-wrong = Se non va bene, misurare lo scarto sulla scala e riportare il valore nella configurazione: dispatch.window, window_mm, in millimetri dall’angolo superiore sinistro del foglio.
envelope-ticket = Qui nella lettera si trova l’eTicket. Tenere la busta chiusa contro la luce: se questa frase è leggibile dall’esterno, usare buste con una stampa interna più fitta.

# Foglio di rilevamento
blank-title = Foglio di rilevamento
blank-document = Foglio di rilevamento per una richiesta di certificati
blank-intro = Da compilare a schermo o a mano. I dati vengono poi registrati e i documenti della richiesta stampati; questo foglio non viene scansionato e dopo la registrazione viene distrutto.
blank-street = Via
blank-house-number = Numero civico
blank-po-box = Casella postale
blank-postcode = Numero postale
blank-country = Paese
blank-hint-state = tre lettere, ad es. CHE
blank-hint-country = ad es. CH
blank-care-of = Complemento d’indirizzo, c/o
blank-town = Località
blank-language = Lingua dei documenti
language-de = Tedesco
language-fr = Francese
language-it = Italiano
language-en = Inglese
blank-optional = facoltativo
blank-hint-date = giorno, mese, anno
blank-hint-card = dieci cifre, come sulla carta
blank-hint-document = come nella riga leggibile a macchina
blank-note = Osservazioni

alt-logo = Logo: { $office-name }
