# Gli assistenti alla postazione con due lettori.
wizard-title = Dissigillare il token: aprire la Sua carta
wizard-welcome = Presenti: la o il titolare della carta e, come persona di aiuto, { $helper }.
wizard-compare = Persona di aiuto: il documento mostra la stessa persona? Digiti { $yes } e prema Invio.
wizard-yes = sì
wizard-not-compared = Senza questa conferma non si prosegue. Ciò che è fatto resta; ricominci quando tutto è giusto.
wizard-ended = L’immissione è terminata. Avvii di nuovo lo stesso comando: si riprende da dove si era fermati.
wizard-present = [Invio: { $value }]
wizard-card-pin = PIN della carta di { $officer }. Non viene mostrato.
wizard-card-pin-wrong = Questo PIN è sbagliato. Tentativi prima che la carta si blocchi: { $left }.
wizard-card-pad = Digiti il PIN della carta di { $officer } sui tasti del lettore di carte e lo confermi lì.
wizard-card-pad-length = Il PIN aveva troppe o troppo poche cifre. Non conta come tentativo.
wizard-card-pad-late = Nessuno ha digitato in tempo sul lettore di carte.
wizard-key-password = Password del file della chiave di { $officer }. Non viene mostrata.
wizard-key-password-wrong = Questa password è sbagliata.
wizard-own-card = { $why } Digiti { $yes } quando è inserita.
wizard-insert = Inserisca la carta sigillata nel secondo lettore.
wizard-insert-one = Nei lettori c’è più di una carta sigillata: ne lasci solo una.
wizard-no-reader = Nessun lettore di carte risponde: lo colleghi.
wizard-found = Trovata la carta { $serial }.
wizard-number =
    { $step } di { $of }. L’eTicket sulla Sua lettera: quattro gruppi di cinque caratteri.
    Maiuscole o minuscole non fa differenza. Poi il tasto Invio.
wizard-number-length = Un eTicket ha 20 caratteri, questo ne ha { $got }. Lo confronti con la lettera. Non conta come tentativo.
wizard-number-group = C’è un errore nel gruppo { $group }. Lo confronti con la lettera. Non conta come tentativo.
wizard-number-order = I gruppi non sono nell’ordine giusto. Li confronti con la lettera. Non conta come tentativo.
wizard-wrong-ticket = Non è l’eTicket di questa carta. Prenda la lettera più recente. Tentativi rimasti: { $left }.
wizard-pin =
    { $step } di { $of }. Scelga un PIN da { $least } a { $most } cifre.
    Ciò che digita non si vede, nemmeno come puntini. Solo Lei deve conoscere il PIN.
wizard-pin-letters =
    { $step } di { $of }. Scelga un PIN da { $least } a { $most } caratteri: lettere senza accento, cifre, punteggiatura.
    Ciò che digita non si vede, nemmeno come puntini. Solo Lei deve conoscere il PIN.
wizard-pin-again = Lo stesso PIN ancora una volta.
wizard-pin-differs = I due sono diversi. Lo scelga di nuovo.
wizard-pin-length = Un PIN ha da { $least } a { $most } cifre e nessun altro carattere.
wizard-pin-length-letters = Un PIN ha da { $least } a { $most } lettere, cifre o segni di punteggiatura, senza spazi né accenti.
wizard-pin-trivial = Questo PIN è il primo che un ladro prova. Ne scelga un altro.
wizard-question =
    { $step } di { $of }. Scriva una domanda a cui solo Lei sa rispondere.
    Serve a far revocare la carta per telefono se la perde. Per esempio: come si chiamava il mio primo animale?
wizard-answer = { $step } di { $of }. La Sua risposta a questa domanda. Anche questa non si vede mentre la digita.
wizard-answer-again = La stessa risposta ancora una volta.
wizard-answer-differs = Le due sono diverse. Digiti di nuovo la risposta.
wizard-answer-short = Questa risposta è troppo corta: servono almeno quattro lettere o cifre.
wizard-empty = Digiti qualcosa, per favore.
wizard-working = La carta viene aperta. La lasci nel lettore.
wizard-done = Carta pronta: ora è Sua. Può estrarla.
wizard-done-letter = La lettera non serve più: la distrugga.
wizard-pulled = La carta è stata interrotta. La inserisca di nuovo nel lettore; si riprende da dove si era fermati.
wizard-stopped = Qui non si prosegue. Tenga carta e lettera; la persona accanto a Lei legge che cosa è successo:

# Lo sportello: qualcuno si presenta.
wizard-walk-title = Rilasciare una carta allo sportello
wizard-walk-welcome =
    LRAO { $lrao }: Lei identifica la persona, fa firmare i documenti, decide e rilascia. Poi la persona apre la carta da sé.
    Non c’è né lettera né numero. Un’interruzione non fa perdere nulla: lo stesso comando riprende da dove si era fermato.
wizard-walk-open = Questa carta è aperta; non resta nulla da fare.
wizard-walk-zone-title = Il documento
wizard-walk-zone =
    Digiti o legga la zona a lettura ottica: due righe in fondo alla pagina dei dati del passaporto, tre righe sul retro della carta d’identità. Il carattere di riempimento è <.
    Lasci vuoto per farla leggere dalla copia sulla richiesta.
wizard-walk-zone-typed = Digiti la zona a lettura ottica del documento. Il carattere di riempimento è <.
wizard-walk-zone-line = Riga { $line }:
wizard-walk-zone-form = Una zona ha due righe di 44 o 36 caratteri, oppure tre di 30. Cominci dalla prima.
wizard-walk-zone-length = La riga { $line } ha { $got } caratteri invece di { $wanted }. La confronti con il documento.
wizard-walk-zone-character = Nella riga { $line } il carattere al posto { $at } non può essere giusto. Lo confronti con il documento.
wizard-walk-zone-number = Il numero del documento e la sua cifra di controllo non concordano. Li confronti con il documento.
wizard-walk-zone-birth = La data di nascita e la sua cifra di controllo non concordano. Le confronti con il documento.
wizard-walk-zone-expiry = La data di scadenza e la sua cifra di controllo non concordano. Le confronti con il documento.
wizard-walk-zone-whole = L’ultima cifra di controllo non concorda con il resto. Confronti tutte le righe con il documento.
wizard-walk-zone-unread = La zona a lettura ottica non è leggibile sulla copia.
wizard-walk-seen =
    { $given } { $family }, nata o nato il { $birth }
    { $issuer } { $number }, valido fino al { $expiry }
wizard-walk-compare = Il documento mostra la persona davanti a Lei, ed è autentico? Digiti { $yes }.
wizard-walk-data-title = I dati
wizard-walk-language = Lingua della persona (per i documenti e il PIN):
wizard-walk-data = Scriva i nomi come stanno nel documento in caratteri normali.
wizard-walk-person-family-name = Cognome
wizard-walk-person-given-names = Nomi
wizard-walk-person-birth-date = Data di nascita (31.1.1990)
wizard-walk-person-nationality = Cittadinanza (tre lettere, CHE per la Svizzera)
wizard-walk-travel-document-kind = Tipo di documento: 1 passaporto, 2 carta d’identità
wizard-walk-travel-document-issuer = Stato emittente (tre lettere)
wizard-walk-travel-document-number = Numero del documento
wizard-walk-travel-document-expiry = Valido fino al (31.1.2030)
wizard-walk-mail = Indirizzo e-mail di lavoro
wizard-walk-organisation-name = Organizzazione
wizard-walk-organisation-unit = Unità (può restare vuoto)
wizard-walk-address-street = Indirizzo privato: via
wizard-walk-address-house-number = Numero civico (può restare vuoto)
wizard-walk-address-postcode = Numero postale
wizard-walk-address-town = Località
wizard-walk-address-country = Paese (due lettere)
wizard-walk-field-wrong = Non ancora giusto: { $problem }
wizard-walk-again = Non è comprensibile. Lo digiti di nuovo.
wizard-walk-papers-title = I documenti
wizard-walk-papers =
    Stampi { $file }
    1. Copi il documento d’identità al suo posto sulla prima pagina.
    2. Lei firma nel campo del LRAO; la persona firma la richiesta, la ricevuta e la convenzione.
    3. Scansioni tutte le pagine.
wizard-walk-scan = Dove si trova la scansione? Separi più file con ;
wizard-walk-refused = { $why }
wizard-walk-reading = La scansione viene letta e controllata.
wizard-walk-decide-title = La decisione
wizard-walk-checks = { $good } controlli sono superati.
wizard-walk-look =
    Guardi sulla carta: { $check }
    { $compared }
    È giusto? Digiti { $yes }.
wizard-walk-look-codes-agree = Le righe stampate indicano la stessa carta?
wizard-walk-look-print-agrees = I dati stampati sono invariati e leggibili?
wizard-walk-look-document-copied = Il documento è copiato al suo posto?
wizard-walk-look-document-read = Tipo, numero e scadenza sono quelli del documento?
wizard-walk-look-name-agrees = Nome e data di nascita concordano con il documento?
wizard-walk-look-rio-signed = Ha firmato nel campo del LRAO?
wizard-walk-look-holder-signed = La persona ha firmato la richiesta?
wizard-walk-look-receipt-signed = La persona ha firmato la ricevuta?
wizard-walk-look-agreement-signed = La persona ha firmato la convenzione?
wizard-walk-not-good = Allora non si rilascia nulla. Respinga (siegelpost review reject { $request } --reason …) e ricominci.
wizard-walk-approve = Carta { $serial } per { $name }: Lei approva con la Sua firma. Digiti { $yes }.
wizard-walk-second = Qui decide una seconda persona: siegelpost --as NAME review approve { $request }. Poi siegelpost walk-in riprende.
wizard-walk-issued = Sono rilasciati tre certificati.
wizard-walk-holder-title = Ora la persona stessa
wizard-walk-holder = Si sieda alla tastiera; nessuno guarda.
