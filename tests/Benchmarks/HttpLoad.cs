using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Benchmarks;

/// <summary>What a load over HTTP measured.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="Milliseconds">How long each took, in order.</param>
internal sealed record HttpResult(double PerSecond, double[] Milliseconds)
{
    public double Quantile(double share) => Milliseconds[Math.Min(Milliseconds.Length - 1, (int)(Milliseconds.Length * share))];
}

/// <summary>
/// A light HTTP/1.1 client: each connection sends one prepared request, reads the answer, and sends the next. It parses no more of an answer than where
/// it ends, so that the processor is the server's.
/// </summary>
internal static class HttpLoad
{
    private const int BufferBytes = 1 << 20;
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LengthHeader = "\r\nContent-Length: "u8.ToArray();
    private static readonly byte[] ChunkedHeader = "\r\nTransfer-Encoding: chunked"u8.ToArray();
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    /// <summary>A whole request, for a server on the loopback.</summary>
    public static byte[] Request(string method, string target, string? user, string? password, string? body)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        if (user is not null) head.Append($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}\r\n");
        if (body is not null) head.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(head.Append("\r\n").Append(body).ToString());
    }

    /// <summary>Runs some connections for some seconds, each asking what <paramref name="request"/> gives it for its number and turn.</summary>
    /// <exception cref="BenchmarkException">An answer had another status.</exception>
    public static async Task<HttpResult> RunAsync(int port, int connections, double seconds, Func<int, int, byte[]> request, int status, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, connections).Select(connection => Task.Run(() => ConverseAsync(port, connection, began, seconds, request, status, stop), stop)));
        var all = times.SelectMany(one => one).Order().ToArray();
        return new HttpResult(all.Length / Stopwatch.GetElapsedTime(began).TotalSeconds, all);
    }

    private static async Task<List<double>> ConverseAsync(int port, int connection, long began, double seconds, Func<int, int, byte[]> request, int status, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, stop);
        var (buffer, times) = (new byte[BufferBytes], new List<double>());
        for (var turn = 0; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; turn++)
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(request(connection, turn), stop);
            await ReadAnswerAsync(socket, buffer, status, stop);
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
        return times;
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer, int status, CancellationToken stop)
    {
        for (var filled = 0; ;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled), stop);
            if (read == 0) throw new BenchmarkException("The server closed a connection.");
            filled += read;
            if (!IsWhole(buffer.AsSpan(0, filled))) continue;
            var given = int.Parse(buffer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
            if (given != status) throw new BenchmarkException($"An answer had status {given} and not {status}: {Encoding.UTF8.GetString(buffer, 0, Math.Min(filled, 1000))}");
            return;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf(EndOfHead);
        if (head < 0) return false;
        if (answer[..head].IndexOf(ChunkedHeader) >= 0) return answer.EndsWith(LastChunk);
        var length = answer[..head].IndexOf(LengthHeader);
        if (length < 0) return true;
        var digits = answer[(length + LengthHeader.Length)..];
        return answer.Length >= head + EndOfHead.Length + int.Parse(digits[..digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9')], System.Globalization.CultureInfo.InvariantCulture);
    }
}
