#pragma once

/// Asks the processor to fetch the cache line at an address that will be read soon, which Swift has no way to say. Never
/// faults, whatever the address.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }
