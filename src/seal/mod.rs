//! The eTicket, and what only it opens.
