/*
 * The beginning of a benchmark, which sends one mail many times:
 * smtp-source PORT CONNECTIONS MAILS reused|new step|pipelined FILE
 *
 * FILE is a mail as it travels: CRLF, dots stuffed, ending with CRLF. No two mails that are sent are the same: each has
 * a Message-ID field of its own, and the first VARYVARYVARYVARY in it is replaced by letters of base64 of its own.
 *
 * Prints "MAILS BYTES FIRST_NS LAST_NS", nanoseconds of the machine's monotonic clock.
 */
#include "load.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define LINE_BYTES 8192

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

static void run(char **arguments) {
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
  if (count != 7) fail("use", "smtp-source PORT CONNECTIONS MAILS reused|new step|pipelined FILE");
  poller = epoll_create1(0);
  run(arguments + 1);
  return 0;
}
