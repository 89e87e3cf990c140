//! What the journey asks of the world: small traits whose comments are promises.
