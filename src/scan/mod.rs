//! What comes back from the scanner: file, pages, pixels, codes and text, marks, Reading.
