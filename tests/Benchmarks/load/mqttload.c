/* mqttload: a load generator for MQTT 3.1.1 servers on this machine. One thread, one epoll, no dependencies, so that it
 * takes little from the server that it shares the cores with.
 *
 * It signs N connections in, publishes with QoS 1 and at most W unacknowledged messages on each, and prints one line a
 * phase, "phase key=value ...", for a program to read:
 *
 *   connect  up failed seconds server_cpu (s)
 *   publish  sent acked rate seconds p50 p90 p99 p999 max mean (ms) load_cpu server_cpu (s) cpu_acked server_rss (KiB)
 *   idle     up seconds server_cpu server_rss
 *
 * Closed loop (no -r): a connection sends as soon as its window allows; latency counts from the write.
 * Open loop (-r): messages follow a schedule, and latency counts from the moment a message was due, so that a server that
 * stalls cannot hide it.
 *
 * rate, server_cpu and cpu_acked leave the first -W seconds out; so does latency.
 * Exit code: 0; 1 when a connection failed or was lost, or a message was not acknowledged; 2 for a bad argument.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define PAYLOAD_BYTES_MAX 16384
#define CREDENTIAL_CHARS_MAX 512
#define CONNECT_SECONDS_MAX 300
#define EVENTS_PER_TURN 512

/* ---- settings ---- */

static int port, connections = 1, window = 1, connecting_max = 200;
static const char *topic, *payload_pattern, *credentials_file, *acked_file;
static double rate, send_seconds, warm_seconds, idle_seconds, drain_seconds = 20;
static long total;
static int server_pid;

/* ---- state ---- */

enum state { NEW, CONNECTING, SIGNING_IN, UP, LOST };

typedef struct {
    int fd, index;
    enum state state;
    int watches_output;
    char *client_id, *user, *password;
    uint64_t *sent_at;                  /* by packet id - 1; 0 is free */
    uint16_t *free_ids;
    int free_count;
    long sent, acked;
    uint8_t *in;                        /* an incomplete packet */
    int in_length, in_capacity;
    uint8_t *out;                       /* what the socket has not taken yet */
    int out_length, out_offset, out_capacity;
} connection;

static connection *all;
static int epoll, up, lost, under_way, next_to_connect;
static long sent, acked;
static int publishing, stopped;
static uint64_t publish_start;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void on_signal(int signal) { (void)signal; stopped = 1; }

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void *need(void *memory)
{
    if (!memory) die("memory");
    return memory;
}

/* ---- latency: 64 linear steps in each power of two, from 1 us, so that no figure is off by more than 1.6 % ---- */

#define BUCKETS (64 * 40)
static uint64_t latency[BUCKETS], latency_count, latency_max;
static double latency_sum;

static void latency_add(uint64_t ns)
{
    uint64_t us = ns / 1000;
    int bucket = (int)us;
    if (us >= 64) {
        int power = 63 - __builtin_clzll(us);
        bucket = (power - 5) * 64 + (int)((us >> (power - 6)) & 63);
    }
    latency[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    latency_count++;
    latency_sum += ns;
    if (ns > latency_max) latency_max = ns;
}

static double latency_ms(double share)
{
    uint64_t wanted = (uint64_t)(share * latency_count), seen = 0;
    for (int i = 0; latency_count && i < BUCKETS; i++)
        if ((seen += latency[i]) > wanted)
            return (i < 64 ? i : (double)((64ull + (i & 63)) << (i / 64 - 1))) / 1000;
    return latency_max / 1e6;
}

/* ---- what the server and we cost ---- */

static double own_cpu(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void server_cost(double *cpu_seconds, long *rss_kib)
{
    char path[64], text[4096];
    long long user, system;
    long pages;
    *cpu_seconds = 0;
    *rss_kib = 0;
    if (!server_pid) return;
    snprintf(path, sizeof path, "/proc/%d/stat", server_pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *after_name = strrchr(text, ')');
    if (!after_name || sscanf(after_name + 2,
            "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %*d %*d %*d %*d %*d %*d %*u %*u %ld", &user, &system, &pages) != 3)
        return;
    *cpu_seconds = (double)(user + system) / sysconf(_SC_CLK_TCK);
    *rss_kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- packets ---- */

static uint8_t *room(connection *c, int bytes)
{
    if (c->out_length + bytes > c->out_capacity) {
        c->out_capacity = (c->out_length + bytes) * 2;
        c->out = need(realloc(c->out, c->out_capacity));
    }
    return c->out + c->out_length;
}

static int put_length(uint8_t *to, uint32_t value)
{
    int n = 0;
    do {
        to[n] = value & 127;
        value >>= 7;
        if (value) to[n] |= 128;
        n++;
    } while (value);
    return n;
}

static uint8_t *put_text(uint8_t *to, const char *text)
{
    int length = (int)strlen(text);
    *to++ = length >> 8;
    *to++ = length;
    memcpy(to, text, length);
    return to + length;
}

/* The payload of a connection's next message: %d is the connection's number, %n the message's on it, %0Wn padded to W digits. */
static int put_payload(char *to, const connection *c)
{
    int n = 0;
    for (const char *p = payload_pattern; *p && n < PAYLOAD_BYTES_MAX - 32; p++) {
        if (*p != '%') {
            to[n++] = *p;
            continue;
        }
        int width = 0;
        while (p[1] >= '0' && p[1] <= '9') width = width * 10 + (*++p - '0');
        p++;
        if (*p == '%') to[n++] = '%';
        else if ((*p == 'n' || *p == 'd') && width < 24) n += sprintf(to + n, "%0*ld", width, *p == 'n' ? c->sent : (long)c->index);
        else {
            fprintf(stderr, "mqttload: bad letter in the payload's pattern\n");
            exit(2);
        }
    }
    return n;
}

/* ---- one connection ---- */

static void watch(connection *c, int output)
{
    if (c->watches_output == output) return;
    struct epoll_event event = { .events = EPOLLIN | (output ? EPOLLOUT : 0), .data.ptr = c };
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    c->watches_output = output;
}

static void lose(connection *c, const char *why)
{
    if (c->state == LOST) return;
    if (lost < 5) fprintf(stderr, "mqttload: connection %d (%s) %s: %s\n", c->index, c->client_id, c->state == UP ? "was lost" : "failed", why);
    if (c->state == UP) up--;
    else under_way--;
    close(c->fd);
    c->state = LOST;
    lost++;
}

static void flush(connection *c)
{
    while (c->out_offset < c->out_length) {
        ssize_t n = send(c->fd, c->out + c->out_offset, c->out_length - c->out_offset, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) watch(c, 1);
            else lose(c, strerror(errno));
            return;
        }
        c->out_offset += n;
    }
    c->out_offset = c->out_length = 0;
    watch(c, 0);
}

static void begin(connection *c)
{
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    c->state = CONNECTING;
    under_way++;
    int failed = connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
    c->watches_output = 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
    if (failed) lose(c, strerror(errno));
}

static void sign_in(connection *c)
{
    int length = 10 + 2 + (int)strlen(c->client_id) + 2 + (int)strlen(c->user) + 2 + (int)strlen(c->password);
    uint8_t *start = room(c, length + 5), *to = start;
    *to++ = 0x10;
    to += put_length(to, length);
    to = put_text(to, "MQTT");
    *to++ = 4;      /* MQTT 3.1.1 */
    *to++ = 0xc2;   /* user, password, clean session */
    *to++ = 0;      /* no keep alive: an idle connection stays idle */
    *to++ = 0;
    to = put_text(to, c->client_id);
    to = put_text(to, c->user);
    to = put_text(to, c->password);
    c->out_length += to - start;
    c->state = SIGNING_IN;
    flush(c);
}

static void append_publish(connection *c, uint64_t counts_from)
{
    static char payload[PAYLOAD_BYTES_MAX];
    int payload_bytes = put_payload(payload, c), id = c->free_ids[--c->free_count];
    int length = 2 + (int)strlen(topic) + 2 + payload_bytes;
    uint8_t *start = room(c, length + 5), *to = start;
    *to++ = 0x32;
    to += put_length(to, length);
    to = put_text(to, topic);
    *to++ = (id + 1) >> 8;
    *to++ = id + 1;
    memcpy(to, payload, payload_bytes);
    c->out_length += to + payload_bytes - start;
    c->sent_at[id] = counts_from;
    c->sent++;
    sent++;
}

static int sending_is_over(uint64_t at)
{
    return stopped || (total && sent >= total) || (send_seconds > 0 && at - publish_start >= send_seconds * SECOND);
}

static void fill_window(connection *c, uint64_t at)
{
    if (rate > 0 || !publishing || c->state != UP) return;
    while (c->free_count && !sending_is_over(at)) append_publish(c, at);
    if (c->out_length && !c->watches_output) flush(c);
}

static void take_packet(connection *c, uint8_t type, const uint8_t *body, uint32_t length, uint64_t at)
{
    if (type == 2 && c->state == SIGNING_IN) {
        if (length < 2 || body[1]) {
            char why[32];
            snprintf(why, sizeof why, "CONNACK says %d", length < 2 ? -1 : body[1]);
            lose(c, why);
            return;
        }
        c->state = UP;
        under_way--;
        up++;
    } else if (type == 4 && length >= 2) {
        int id = (body[0] << 8 | body[1]) - 1;
        if (id < 0 || id >= window || !c->sent_at || !c->sent_at[id]) {
            lose(c, "PUBACK for a message that was not sent");
            return;
        }
        if (at - publish_start >= warm_seconds * SECOND) latency_add(at - c->sent_at[id]);
        c->sent_at[id] = 0;
        c->free_ids[c->free_count++] = id;
        c->acked++;
        acked++;
    }
}

/* Reads the packets that are whole and answers how many bytes they had. */
static int take_packets(connection *c, const uint8_t *bytes, int length, uint64_t at)
{
    int offset = 0;
    while (offset + 2 <= length && c->state != LOST) {
        uint32_t body = 0;
        int head = 1, whole = 0;
        for (int shift = 0; offset + head < length && head < 5 && !whole; shift += 7) {
            uint8_t byte = bytes[offset + head++];
            body |= (byte & 127u) << shift;
            whole = !(byte & 128);
        }
        if (!whole || offset + head + (int)body > length) break;
        take_packet(c, bytes[offset] >> 4, bytes + offset + head, body, at);
        offset += head + body;
    }
    return offset;
}

static void read_from(connection *c)
{
    static uint8_t fresh[1 << 16];
    ssize_t n = recv(c->fd, fresh, sizeof fresh, 0);
    if (n <= 0) {
        if (n == 0) lose(c, "closed by the server");
        else if (errno != EAGAIN) lose(c, strerror(errno));
        return;
    }
    uint64_t at = now();
    if (c->in_length + n > c->in_capacity && c->in_length) {
        c->in_capacity = c->in_length + n;
        c->in = need(realloc(c->in, c->in_capacity));
    }
    uint8_t *bytes = fresh;
    int length = (int)n;
    if (c->in_length) {
        memcpy(c->in + c->in_length, fresh, n);
        bytes = c->in;
        length += c->in_length;
    }
    int taken = take_packets(c, bytes, length, at);
    if (c->state == LOST) return;
    c->in_length = length - taken;
    if (c->in_length > c->in_capacity) {
        c->in_capacity = c->in_length;
        c->in = need(realloc(c->in, c->in_capacity));
    }
    if (c->in_length) memmove(c->in, bytes + taken, c->in_length);
    fill_window(c, at);
}

/* ---- all of them ---- */

static void turn(uint64_t wait_ns)
{
    static struct epoll_event events[EVENTS_PER_TURN];
    struct timespec wait = { wait_ns / SECOND, wait_ns % SECOND };
    int n = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &wait, NULL);
    for (int i = 0; i < n; i++) {
        connection *c = events[i].data.ptr;
        if (c->state == CONNECTING) {
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error) lose(c, strerror(error));
            else if (events[i].events & EPOLLOUT) sign_in(c);
            continue;
        }
        if (c->state != LOST && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_from(c);
        if (c->state != LOST && events[i].events & EPOLLOUT) flush(c);
    }
}

static void connect_all(void)
{
    double before, after;
    long rss;
    uint64_t start = now();
    server_cost(&before, &rss);
    while (up + lost < connections && !stopped) {
        while (next_to_connect < connections && under_way < connecting_max) begin(all + next_to_connect++);
        turn(SECOND / 10);
        if (now() - start > CONNECT_SECONDS_MAX * SECOND) {
            fprintf(stderr, "mqttload: not all connections were up after %d s\n", CONNECT_SECONDS_MAX);
            break;
        }
    }
    server_cost(&after, &rss);
    printf("connect up=%d failed=%d seconds=%.3f server_cpu=%.3f\n", up, connections - up, (now() - start) / 1e9, after - before);
    fflush(stdout);
}

/* Sends what the schedule owes by now; answers how long to wait for the next. */
static uint64_t send_due(uint64_t at)
{
    static int turn_of;
    long due = (long)((at - publish_start) / 1e9 * rate) + 1;
    while (sent < due && !sending_is_over(at)) {
        int tries = 0;
        while (tries < connections && (all[turn_of].state != UP || !all[turn_of].free_count)) {
            turn_of = (turn_of + 1) % connections;
            tries++;
        }
        if (tries == connections) return SECOND / 5000;     /* every window is full */
        connection *c = all + turn_of;
        turn_of = (turn_of + 1) % connections;
        append_publish(c, publish_start + (uint64_t)(sent / rate * SECOND));
        if (!c->watches_output) flush(c);
    }
    uint64_t next = publish_start + (uint64_t)(sent / rate * SECOND), after = now();
    return next <= after ? 0 : next - after > SECOND / 100 ? SECOND / 100 : next - after;
}

static void publish_all(void)
{
    double warm_cpu, cpu, own_start = own_cpu();
    long warm_acked = 0, rss;
    int warm = warm_seconds <= 0;
    server_cost(&warm_cpu, &rss);
    uint64_t at = publish_start = now(), warm_at = publish_start;
    publishing = 1;
    for (int i = 0; i < connections; i++) fill_window(all + i, now());
    while (!sending_is_over(at = now()) && up) {
        if (!warm && at - publish_start >= warm_seconds * SECOND) {
            warm = 1;
            warm_at = at;
            warm_acked = acked;
            server_cost(&warm_cpu, &rss);
        }
        turn(rate > 0 ? send_due(at) : SECOND / 100);
    }
    uint64_t sending_end = at;
    long acked_in_time = acked;
    if (send_seconds > 0) server_cost(&cpu, &rss);
    while (acked < sent && up && now() - sending_end < drain_seconds * SECOND) turn(SECOND / 100);
    if (send_seconds <= 0) {    /* a number of messages is done when the last is acknowledged */
        sending_end = now();
        acked_in_time = acked;
        server_cost(&cpu, &rss);
    }
    double seconds = (sending_end - warm_at) / 1e9;
    printf("publish sent=%ld acked=%ld rate=%.1f seconds=%.3f p50=%.3f p90=%.3f p99=%.3f p999=%.3f max=%.3f mean=%.3f load_cpu=%.3f"
           " server_cpu=%.3f cpu_acked=%ld server_rss=%ld\n",
        sent, acked, (acked_in_time - warm_acked) / seconds, seconds, latency_ms(.5), latency_ms(.9), latency_ms(.99), latency_ms(.999),
        latency_max / 1e6, latency_count ? latency_sum / latency_count / 1e6 : 0, own_cpu() - own_start, cpu - warm_cpu,
        acked_in_time - warm_acked, rss);
    fflush(stdout);
}

static void stay_idle(void)
{
    double before, after;
    long rss;
    uint64_t start = now();
    server_cost(&before, &rss);
    while (now() - start < idle_seconds * SECOND && !stopped) turn(SECOND / 10);
    server_cost(&after, &rss);
    printf("idle up=%d seconds=%.3f server_cpu=%.3f server_rss=%ld\n", up, (now() - start) / 1e9, after - before, rss);
    fflush(stdout);
}

/* ---- beginning and end ---- */

/* One line a connection: client id, user, password, parted by tabs. */
static void read_credentials(void)
{
    char line[3 * CREDENTIAL_CHARS_MAX];
    FILE *file = fopen(credentials_file, "r");
    if (!file) die(credentials_file);
    for (int i = 0; i < connections; i++) {
        if (!fgets(line, sizeof line, file)) {
            fprintf(stderr, "mqttload: %s has %d lines, not %d\n", credentials_file, i, connections);
            exit(2);
        }
        char *client_id = strtok(line, "\t\n"), *user = strtok(NULL, "\t\n"), *password = strtok(NULL, "\t\n");
        if (!password) {
            fprintf(stderr, "mqttload: %s: line %d is not three fields\n", credentials_file, i + 1);
            exit(2);
        }
        connection *c = all + i;
        c->index = i;
        c->client_id = need(strdup(client_id));
        c->user = need(strdup(user));
        c->password = need(strdup(password));
    }
    fclose(file);
}

/* One line a connection: how many of its messages were acknowledged. */
static void write_acked(void)
{
    FILE *file = fopen(acked_file, "w");
    if (!file) die(acked_file);
    for (int i = 0; i < connections; i++) fprintf(file, "%ld\n", all[i].acked);
    if (fclose(file)) die(acked_file);
}

static void usage(void)
{
    fprintf(stderr,
        "usage: mqttload -p PORT -F FILE [-c CONNECTIONS] [-C CONNECTING AT ONCE] [-w WINDOW] [-S SERVER PID] [-A ACKED FILE]\n"
        "                [-t TOPIC -m PAYLOAD (-d SECONDS [-W WARM SECONDS] [-r MESSAGES PER SECOND] | -n MESSAGES)] [-D DRAIN SECONDS] [-H IDLE SECONDS]\n");
    exit(2);
}

static void read_arguments(int count, char **arguments)
{
    int option;
    while ((option = getopt(count, arguments, "p:F:c:C:w:S:A:t:m:d:W:r:n:D:H:")) != -1) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'F': credentials_file = optarg; break;
        case 'c': connections = atoi(optarg); break;
        case 'C': connecting_max = atoi(optarg); break;
        case 'w': window = atoi(optarg); break;
        case 'S': server_pid = atoi(optarg); break;
        case 'A': acked_file = optarg; break;
        case 't': topic = optarg; break;
        case 'm': payload_pattern = optarg; break;
        case 'd': send_seconds = atof(optarg); break;
        case 'W': warm_seconds = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'n': total = atol(optarg); break;
        case 'D': drain_seconds = atof(optarg); break;
        case 'H': idle_seconds = atof(optarg); break;
        default: usage();
    }
    int publishes = send_seconds > 0 || total > 0;
    if (optind < count || !port || !credentials_file || connections < 1 || connecting_max < 1 || window < 1 || window > 65000
            || (publishes && (!topic || !payload_pattern)) || (send_seconds > 0 && total > 0) || (send_seconds > 0 && warm_seconds >= send_seconds))
        usage();
}

int main(int count, char **arguments)
{
    read_arguments(count, arguments);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int publishes = send_seconds > 0 || total > 0;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    all = need(calloc(connections, sizeof *all));
    read_credentials();
    for (int i = 0; publishes && i < connections; i++) {
        connection *c = all + i;
        c->sent_at = need(calloc(window, sizeof *c->sent_at));
        c->free_ids = need(malloc(window * sizeof *c->free_ids));
        while (c->free_count < window) {
            c->free_ids[c->free_count] = window - 1 - c->free_count;
            c->free_count++;
        }
    }

    connect_all();
    int failed = connections - up;
    if (publishes && up) publish_all();
    if (idle_seconds > 0 && up) stay_idle();
    for (int i = 0; i < connections; i++) {
        static const uint8_t disconnect[2] = { 0xe0, 0 };
        if (all[i].state == UP && send(all[i].fd, disconnect, sizeof disconnect, MSG_NOSIGNAL) >= 0) close(all[i].fd);
    }
    if (acked_file) write_acked();
    return failed || lost || acked < sent;
}
