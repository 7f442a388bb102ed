/** Loaded before a program, it has that one's clock go an hour ahead. */
const now = Date.now;
Date.now = () => now() + 3_600_000;
