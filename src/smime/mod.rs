//! CMS and S/MIME: read, verify, sign, encrypt, decrypt.
