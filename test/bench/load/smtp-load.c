/*
 * Both ends of a benchmark: a source that sends one mail many times, and a sink that takes and counts mails. In C, so
 * that they take little from the machine that what is measured runs on. Everything stays on 127.0.0.1.
 *
 *   smtp-load sink PORT
 *   smtp-load source PORT CONNECTIONS MAILS reused|new step|pipelined FILE
 *
 * FILE is a mail as it travels: CRLF, dots stuffed, ending with CRLF. No two mails that are sent are the same: each has
 * a Message-ID field of its own, and the first VARYVARYVARYVARY in it is replaced by letters of base64 of its own.
 *
 * The source prints "MAILS BYTES FIRST_NS LAST_NS", nanoseconds of the machine's monotonic clock; the sink says
 * "sink" when it listens, and answers XRESET, and "XWAIT n" once there have been n mails: "250 MAILS BYTES LAST_NS".
 * A mail counts when its final dot has come.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 8192
#define READ_BYTES (1 << 18)

static int poller;
static char input[READ_BYTES + 8];

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "smtp-load: %s: %s\n", what, detail);
  exit(1);
}

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void watch(int operation, int socket, unsigned events, void *connection) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(poller, operation, socket, &event) < 0) fail("epoll_ctl", strerror(errno));
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void send_at_once(int socket) {
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* ---------------------------------------------------------------- sink */

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

static void run_sink(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = loopback(port);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind", strerror(errno));
  listen(listener, 4096);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
  puts("sink");
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

/* -------------------------------------------------------------- source */

enum state { CONNECTING, GREETING, HELLO, MAIL, RCPT, DATA, BODY, FINAL, GOODBYE };

struct giver {
  int socket;
  enum state state;
  int replies_due;               /* of commands that were sent together */
  char line[LINE_BYTES];
  int line_length;
  char head[128], vary[17];
  long long mail_sent;
};

static int port, reuse, pipelined;
static char *mail;
static long long mail_length, vary_at;
static long long wanted, begun, done, open_givers, sent_bytes, first_ns, last_ns;

static void put(struct giver *giver, const char *text) {
  if (send(giver->socket, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text)) fail("send", strerror(errno));
}

static void dial(struct giver *giver) {
  giver->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  send_at_once(giver->socket);
  struct sockaddr_in address = loopback(port);
  if (connect(giver->socket, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail("connect", strerror(errno));
  giver->state = CONNECTING;
  giver->line_length = 0;
  watch(EPOLL_CTL_ADD, giver->socket, EPOLLOUT, giver);
}

/* The segments of a mail, in turn. Returns the bytes at this place of it. */
static char *segment_at(struct giver *giver, long long at, long long *length) {
  long long head_length = strlen(giver->head);
  long long vary_end = vary_at + 16;
  if (at < head_length) return *length = head_length - at, giver->head + at;
  at -= head_length;
  if (vary_at < 0) vary_end = 0;
  if (at < vary_at) return *length = vary_at - at, mail + at;
  if (at < vary_end) return *length = vary_end - at, giver->vary + (at - vary_at);
  if (at < mail_length) return *length = mail_length - at, mail + at;
  at -= mail_length;
  return *length = 3 - at, (char *)".\r\n" + at;
}

static long long length_of(struct giver *giver) { return strlen(giver->head) + mail_length + 3; }

static void write_body(struct giver *giver) {
  struct iovec parts[5];
  long long total = length_of(giver);
  while (giver->mail_sent < total) {
    int count = 0;
    for (long long at = giver->mail_sent, length; at < total && count < 5; at += length) {
      parts[count].iov_base = segment_at(giver, at, &length);
      parts[count++].iov_len = length;
    }
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t sent = sendmsg(giver->socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return watch(EPOLL_CTL_MOD, giver->socket, EPOLLIN | EPOLLOUT, giver);
    if (sent < 0) fail("send", strerror(errno));
    giver->mail_sent += sent;
  }
  watch(EPOLL_CTL_MOD, giver->socket, EPOLLIN, giver);
  giver->state = FINAL;
}

static void leave(struct giver *giver) {
  put(giver, "QUIT\r\n");
  giver->state = GOODBYE;
}

static void begin_mail(struct giver *giver) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  begun++;
  unsigned long long bits = begun * 0x9E3779B97F4A7C15ULL ^ first_ns;
  for (int index = 0; index < 16; index++, bits = bits * 6364136223846793005ULL + 1442695040888963407ULL)
    giver->vary[index] = letters[bits >> 58];
  snprintf(giver->head, sizeof giver->head, "Message-ID: <%lld.%lld@load.example>\r\n", first_ns, begun);
  giver->mail_sent = 0;
  if (pipelined) {
    put(giver, "MAIL FROM:<anna@kommun.example>\r\nRCPT TO:<bertil@kommun.example>\r\nDATA\r\n");
    giver->replies_due = 2;
    giver->state = DATA;
  } else {
    put(giver, "MAIL FROM:<anna@kommun.example>\r\n");
    giver->state = MAIL;
  }
}

static void next_mail(struct giver *giver) {
  if (begun < wanted) begin_mail(giver);
  else leave(giver);
}

static void hear(struct giver *giver, char *line) {
  int expected = giver->state == GREETING ? 220 : giver->state == GOODBYE ? 221 : giver->state == DATA && !giver->replies_due ? 354 : 250;
  if (strlen(line) > 3 && line[3] == '-') return;
  if (atoi(line) != expected) fail("the answer was", line);
  switch (giver->state) {
    case GREETING: put(giver, "EHLO load.example\r\n"); giver->state = HELLO; return;
    case HELLO: return next_mail(giver);
    case MAIL: put(giver, "RCPT TO:<bertil@kommun.example>\r\n"); giver->state = RCPT; return;
    case RCPT: put(giver, "DATA\r\n"); giver->replies_due = 0; giver->state = DATA; return;
    case DATA:
      if (giver->replies_due > 0) { giver->replies_due--; return; }
      giver->state = BODY;
      return write_body(giver);
    case FINAL:
      done++;
      sent_bytes += length_of(giver) - 3;
      last_ns = now_ns();
      if (reuse) next_mail(giver);
      else leave(giver);
      return;
    default: fail("an answer that was not asked for", line);
  }
}

/* False when the connection has ended. */
static int listen_to(struct giver *giver) {
  ssize_t length = recv(giver->socket, giver->line + giver->line_length, LINE_BYTES - 1 - giver->line_length, 0);
  if (length < 0 && errno == EAGAIN) return 1;
  if (length <= 0) {
    if (giver->state != GOODBYE) fail("the connection was lost", length < 0 ? strerror(errno) : "end");
    return 0;
  }
  giver->line_length += length;
  for (char *end; (end = memchr(giver->line, '\n', giver->line_length)) != NULL;) {
    *end = 0;
    if (giver->state == GOODBYE) return 0;
    hear(giver, giver->line);
    giver->line_length -= end + 1 - giver->line;
    memmove(giver->line, end + 1, giver->line_length);
  }
  return 1;
}

static void serve_giver(struct giver *giver, unsigned events) {
  if (giver->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(giver->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("connect", strerror(error));
    giver->state = GREETING;
    watch(EPOLL_CTL_MOD, giver->socket, EPOLLIN, giver);
    return;
  }
  if (giver->state == BODY && events & EPOLLOUT) write_body(giver);
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || listen_to(giver)) return;
  close(giver->socket);
  /* The others that are open may still be on their way to the mails that are left. */
  if (!reuse && begun + open_givers - 1 < wanted) dial(giver);
  else open_givers--;
}

static void read_mail(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) < 0) fail(path, strerror(errno));
  mail_length = status.st_size;
  mail = mmap(NULL, mail_length, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  char *found = memmem(mail, mail_length, "VARYVARYVARYVARY", 16);
  vary_at = found ? found - mail : -1;
}

static void run_source(char **arguments) {
  port = atoi(arguments[0]);
  open_givers = atoi(arguments[1]);
  wanted = atoll(arguments[2]);
  reuse = !strcmp(arguments[3], "reused");
  pipelined = !strcmp(arguments[4], "pipelined");
  read_mail(arguments[5]);
  if (open_givers > wanted) open_givers = wanted;
  struct giver *givers = calloc(open_givers, sizeof *givers);
  first_ns = now_ns();
  for (int index = 0, count = open_givers; index < count; index++) dial(&givers[index]);
  for (struct epoll_event events[256]; open_givers > 0;) {
    int count = epoll_wait(poller, events, 256, 60000);
    if (count == 0) fail("source", "nothing has happened for a minute");
    for (int index = 0; index < count; index++) serve_giver(events[index].data.ptr, events[index].events);
  }
  printf("%lld %lld %lld %lld\n", done, sent_bytes, first_ns, last_ns);
}

int main(int count, char **arguments) {
  poller = epoll_create1(0);
  if (count == 3 && !strcmp(arguments[1], "sink")) run_sink(atoi(arguments[2]));
  else if (count == 8 && !strcmp(arguments[1], "source")) run_source(arguments + 2);
  else fail("use", "smtp-load sink PORT | source PORT CONNECTIONS MAILS reused|new step|pipelined FILE");
  return 0;
}
