/*
 * The end of a benchmark, which takes and counts mails: smtp-sink PORT. In C, so that it takes little from the machine
 * that what is measured runs on.
 *
 * It says "ready" when it listens, and answers XRESET, and "XWAIT n" once there have been n mails:
 * "250 MAILS BYTES LAST_NS", nanoseconds of the machine's monotonic clock. A mail counts when its final dot has come.
 */
#include "load.h"

#define LINE_BYTES 8192

/* With room for the end of what was read before. */
static char input[READ_BYTES + 8];

struct taker {
  int socket;
  int in_data;
  long long waits_for;           /* of XWAIT; 0: it does not wait */
  char tail[4];                  /* the last bytes of the mail so far */
  int tail_length;
  long long mail_bytes;
  char line[LINE_BYTES];
  int line_length;
  struct taker *next_waiting;
};

static long long taken_mails, taken_bytes, last_taken_ns;
static struct taker *waiting;

static void reply(struct taker *taker, const char *text) {
  size_t length = strlen(text);
  /* The buffer of a socket has room for replies; a client that never reads is no part of this. */
  if (send(taker->socket, text, length, MSG_NOSIGNAL) != (ssize_t)length) shutdown(taker->socket, SHUT_RDWR);
}

static void answer_waiting(void) {
  struct taker **link = &waiting;
  while (*link) {
    struct taker *taker = *link;
    if (taken_mails < taker->waits_for) {
      link = &taker->next_waiting;
      continue;
    }
    char text[128];
    snprintf(text, sizeof text, "250 %lld %lld %lld\r\n", taken_mails, taken_bytes, last_taken_ns);
    taker->waits_for = 0;
    *link = taker->next_waiting;
    reply(taker, text);
  }
}

static void stop_waiting(struct taker *taker) {
  for (struct taker **link = &waiting; *link; link = &(*link)->next_waiting)
    if (*link == taker) {
      *link = taker->next_waiting;
      return;
    }
}

static void obey(struct taker *taker, char *line) {
  if (!strncasecmp(line, "EHLO", 4))
    reply(taker, "250-sink\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                 "250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n");
  else if (!strncasecmp(line, "DATA", 4)) {
    taker->in_data = 1;
    taker->mail_bytes = 0;
    /* As if a line had just ended: the mail may be empty. */
    memcpy(taker->tail, "\r\n", 2);
    taker->tail_length = 2;
    reply(taker, "354 Go on\r\n");
  } else if (!strncasecmp(line, "QUIT", 4)) {
    reply(taker, "221 Bye\r\n");
    shutdown(taker->socket, SHUT_WR);
  } else if (!strncasecmp(line, "XRESET", 6)) {
    taken_mails = taken_bytes = last_taken_ns = 0;
    reply(taker, "250 Ok\r\n");
  } else if (!strncasecmp(line, "XWAIT ", 6)) {
    taker->waits_for = atoll(line + 6);
    taker->next_waiting = waiting;
    waiting = taker;
    answer_waiting();
  } else
    reply(taker, "250 2.0.0 Ok\r\n");
}

/* Takes what belongs to the mail and returns how many bytes that were. `bytes` has four bytes of room before it. */
static int take_mail(struct taker *taker, char *bytes, int length) {
  char *start = bytes - taker->tail_length;
  memcpy(start, taker->tail, taker->tail_length);
  char *end = bytes + length;
  for (char *dot = start; (dot = memchr(dot, '.', end - dot)) != NULL; dot++) {
    if (dot - start < 2 || end - dot < 3 || dot[-1] != '\n' || dot[-2] != '\r' || dot[1] != '\r' || dot[2] != '\n') continue;
    taker->in_data = 0;
    taken_mails++;
    taken_bytes += taker->mail_bytes + (dot - bytes);
    last_taken_ns = now_ns();
    reply(taker, "250 2.0.0 Taken\r\n");
    answer_waiting();
    return dot + 3 - bytes;
  }
  taker->mail_bytes += length;
  int whole = end - start;
  taker->tail_length = whole < 4 ? whole : 4;
  memmove(taker->tail, end - taker->tail_length, taker->tail_length);
  return length;
}

/* What belongs to a line; likewise. */
static int take_line(struct taker *taker, char *bytes, int length) {
  char *end = memchr(bytes, '\n', length);
  int taken = end ? end + 1 - bytes : length;
  if (taker->line_length + taken >= LINE_BYTES) fail("sink", "a line is too long");
  memcpy(taker->line + taker->line_length, bytes, taken);
  taker->line_length += taken;
  if (end) {
    taker->line[taker->line_length] = 0;
    taker->line_length = 0;
    obey(taker, taker->line);
  }
  return taken;
}

static void take(struct taker *taker) {
  ssize_t length = recv(taker->socket, input + 8, READ_BYTES, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) {
    stop_waiting(taker);
    close(taker->socket);
    free(taker);
    return;
  }
  for (int done = 0; done < length;) {
    char *bytes = input + 8 + done;
    done += taker->in_data ? take_mail(taker, bytes, length - done) : take_line(taker, bytes, length - done);
  }
}

static void run(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = loopback(port);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind", strerror(errno));
  listen(listener, 4096);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
  puts("ready");
  fflush(stdout);
  for (struct epoll_event events[256];;) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int index = 0; index < count; index++) {
      if (events[index].data.ptr) {
        take(events[index].data.ptr);
        continue;
      }
      for (int client; (client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct taker *taker = calloc(1, sizeof *taker);
        taker->socket = client;
        send_at_once(client);
        watch(EPOLL_CTL_ADD, client, EPOLLIN, taker);
        reply(taker, "220 sink ESMTP\r\n");
      }
    }
  }
}

int main(int count, char **arguments) {
  if (count != 2) fail("use", "smtp-sink PORT");
  poller = epoll_create1(0);
  run(atoi(arguments[1]));
}
