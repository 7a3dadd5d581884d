/*
 * A PC/SC client for tests: one command APDU in hexadecimal on each line of its input, one answer on each line of its output, or
 * "! code" after which the card was reset, unless "-" stands before the APDU. A number behind the APDU is the size of the buffer for the answer. "* count APDU" reads
 * one whole answer, GET RESPONSE included, that many times, and says how many microseconds, commands and octets all that was.
 * "@ code octets" is SCardControl; "^" resets the card warm, "_" cold, and answers a line of the protocol as at the beginning.
 * The library is opened at run time: no headers are needed.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long dword;
typedef struct {
  dword protocol;
  dword length;
} io_request;

#define SCOPE_SYSTEM 2
#define SHARE_SHARED 2
#define PROTOCOL_ANY 3
#define LEAVE_CARD 0
#define RESET_CARD 1
#define UNPOWER_CARD 2
#define LARGEST 65600

static long (*establish)(dword, const void *, const void *, long *);
static long (*list_readers)(long, const char *, char *, dword *);
static long (*connect_card)(long, const char *, dword, dword, long *, dword *);
static long (*reconnect)(long, dword, dword, dword, dword *);
static long (*transmit)(long, const io_request *, const uint8_t *, dword, io_request *, uint8_t *, dword *);
static long (*control)(long, dword, const void *, dword, void *, dword, dword *);
static long (*disconnect)(long, dword);

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) {
    fprintf(stderr, "no %s\n", name);
    exit(2);
  }
  return found;
}

/* The octets of a command, up to the first character that is no part of one; answers where that stands. */
static const char *octets(const char *at, uint8_t *command, dword *length) {
  *length = 0;
  for (; at[0] > ' ' && at[1] > ' '; at += 2) {
    const char octet[3] = {at[0], at[1], 0};
    command[(*length)++] = (uint8_t)strtoul(octet, NULL, 16);
  }
  return at;
}

static void say(long status, const uint8_t *octet, dword count) {
  if (status != 0) {
    printf("! %08lx\n", status & 0xffffffff);
    return;
  }
  while (count-- > 0) printf("%02x", *octet++);
  printf("\n");
}

static uint64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void read_often(long card, const io_request *with, const char *words, uint8_t *answer) {
  static uint8_t command[LARGEST];
  char *rest;
  dword length;
  const unsigned long count = strtoul(words, &rest, 10);
  octets(rest + 1, command, &length);
  unsigned long commands = 0, bytes = 0;
  const uint64_t start = microseconds();
  for (unsigned long i = 0; i < count; i++) {
    uint8_t get_response[5] = {command[0], 0xc0, 0, 0, 0};
    const uint8_t *send = command;
    dword send_bytes = length;
    for (;;) {
      dword got = LARGEST;
      const long status = transmit(card, with, send, send_bytes, NULL, answer, &got);
      commands++;
      if (status != 0 || got < 2) {
        say(status == 0 ? -1 : status, answer, 0);
        return;
      }
      bytes += got - 2;
      if (answer[got - 2] != 0x61) {
        if (answer[got - 2] == 0x90) break;
        printf("! SW %02x%02x\n", answer[got - 2], answer[got - 1]);
        return;
      }
      get_response[4] = answer[got - 1];
      send = get_response;
      send_bytes = sizeof get_response;
    }
  }
  printf("%llu %lu %lu\n", (unsigned long long)(microseconds() - start), commands, bytes);
}

int main(void) {
  void *library = dlopen("libpcsclite.so.1", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  *(void **)&establish = symbol(library, "SCardEstablishContext");
  *(void **)&list_readers = symbol(library, "SCardListReaders");
  *(void **)&connect_card = symbol(library, "SCardConnect");
  *(void **)&reconnect = symbol(library, "SCardReconnect");
  *(void **)&transmit = symbol(library, "SCardTransmit");
  *(void **)&control = symbol(library, "SCardControl");
  *(void **)&disconnect = symbol(library, "SCardDisconnect");

  long context, card, status;
  char readers[1024];
  dword length = sizeof readers, protocol = 0;
  if ((status = establish(SCOPE_SYSTEM, NULL, NULL, &context)) != 0 || (status = list_readers(context, NULL, readers, &length)) != 0 ||
      (status = connect_card(context, readers, SHARE_SHARED, PROTOCOL_ANY, &card, &protocol)) != 0) {
    fprintf(stderr, "! %08lx\n", status & 0xffffffff);
    return 1;
  }
  printf("T=%d\n", protocol == 1 ? 0 : 1);
  fflush(stdout);

  static char line[2 * LARGEST + 2];
  static uint8_t command[LARGEST], answer[LARGEST];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const io_request with = {protocol, sizeof with};
    if (line[0] == '*') {
      read_often(card, &with, line + 1, answer);
      fflush(stdout);
      continue;
    }
    dword commandBytes;
    if (line[0] == '@') {
      char *rest;
      const dword code = strtoul(line + 1, &rest, 16);
      octets(rest + 1, command, &commandBytes);
      dword answerBytes = 0;
      status = control(card, code, command, commandBytes, answer, sizeof answer, &answerBytes);
      say(status, answer, answerBytes);
      fflush(stdout);
      continue;
    }
    if (line[0] == '^' || line[0] == '_') {
      status = reconnect(card, SHARE_SHARED, PROTOCOL_ANY, line[0] == '^' ? RESET_CARD : UNPOWER_CARD, &protocol);
      if (status == 0) printf("T=%d\n", protocol == 1 ? 0 : 1);
      else say(status, answer, 0);
      fflush(stdout);
      continue;
    }
    const int keep = line[0] == '-';
    const char *rest = octets(line + keep, command, &commandBytes);
    dword answerBytes = *rest == ' ' ? strtoul(rest, NULL, 10) : sizeof answer;
    status = transmit(card, &with, command, commandBytes, NULL, answer, &answerBytes);
    say(status, answer, answerBytes);
    if (status != 0 && !keep) reconnect(card, SHARE_SHARED, PROTOCOL_ANY, RESET_CARD, &protocol);
    fflush(stdout);
  }
  disconnect(card, LEAVE_CARD);
  return 0;
}
