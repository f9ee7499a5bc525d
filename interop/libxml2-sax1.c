/*
 * pidgin-sipe reads XML through libxml2's plain SAX handlers, in a table that carries SAX2's mark. Debian's libxml2
 * 2.9.14+dfsg-1.3~deb12u6 no longer calls plain handlers in such a table, so that as they are installed side by side
 * pidgin-sipe sees no element of any document. A program's own symbols come before those of its libraries: here is the
 * one function it calls, which hands such a table on without the mark.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* xmlSAXHandler of libxml2, by what is needed of it. */
typedef struct {
  void *first[14];
  void *startElement;
  void *endElement;
  void *second[11];
  unsigned int initialized;
  void *private;
  void *startElementNs;
  void *endElementNs;
  void *serror;
} Handler;

typedef int (*Parse)(Handler *handler, void *data, const char *text, int length);

int xmlSAXUserParseMemory(Handler *handler, void *data, const char *text, int length) {
  Parse parse = (Parse)dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
  if (!parse) abort();
  if (!handler || !handler->startElement || handler->startElementNs) return parse(handler, data, text, length);
  Handler plain;
  memcpy(&plain, handler, sizeof(plain));
  plain.initialized = 1;
  return parse(&plain, data, text, length);
}
