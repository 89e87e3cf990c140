//! The words of the process: ids, card, person, officer, site, request and its stages, ticket, decision, journal entry.
