#include <xlsxwriter.h>

// In <sys/mman.h> for GNU sources only, which Swift's view of the C library is not.
extern int memfd_create(const char *name, unsigned int flags);
