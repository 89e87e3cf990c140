# The wizard at the workstation with two readers.
wizard-welcome =
    Open a card
    Present: the holder of the card, and as helper { $helper }.
wizard-compare = Helper: does the travel document show the same person? Type { $yes } and press Enter:
wizard-yes = yes
wizard-not-compared = Without this word it does not go on. Nothing was changed.
wizard-insert = Put the sealed card into the second reader.
wizard-insert-one = More than one sealed card is in the readers: leave only one.
wizard-no-reader = No card reader answers: connect it.
wizard-found = Card { $serial } found.
wizard-number = The number on your letter (four groups):
wizard-number-length = The number has 20 characters, this one has { $got }. Compare it with the letter. It does not count as a try.
wizard-number-group = Something is wrong in group { $group }. Compare it with the letter. It does not count as a try.
wizard-number-order = The groups stand in the wrong order. Compare them with the letter. It does not count as a try.
wizard-pin = Choose a PIN of { $least } to 8 digits (it is not shown):
wizard-pin-again = The same PIN again:
wizard-pin-differs = The two differ. Choose it anew.
wizard-pin-length = A PIN has { $least } to 8 digits and no other characters.
wizard-pin-trivial = This PIN is the first that a thief tries. Choose another one.
wizard-question = A question that only you can answer (to have the card revoked by telephone):
wizard-answer = Your answer (it is not shown):
wizard-answer-again = The same answer again:
wizard-answer-differs = The two differ. Type the answer anew.
wizard-empty = Please type something.
wizard-working = The card is being opened. Leave it in the reader.
wizard-done = The card is open: it is yours now. You may take it out.
wizard-pulled = The card was interrupted. Put it back into the reader; it goes on where it stopped.
