using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// A device on a bare socket: what it was acknowledged, it knows to the byte. It speaks as little MQTT 3.1.1 as its tests need.
/// </summary>
internal sealed class MqttDevice : IAsyncDisposable
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(20);
    private readonly TcpClient _socket = new() { NoDelay = true };
    private readonly byte[] _head = new byte[5];
    private NetworkStream? _stream;

    /// <summary>Connects and answers the return code of CONNACK.</summary>
    public async Task<byte> ConnectAsync(int port, string clientId, string user, string password)
    {
        await _socket.ConnectAsync("127.0.0.1", port).WaitAsync(AnswerMax);
        _stream = _socket.GetStream();
        await SendAsync(0x10, [.. Text("MQTT"), 4, 0xC2, 0, 60, .. Text(clientId), .. Text(user), .. Text(password)]);
        var (_, body) = await ReadAsync();
        return body[1];
    }

    public Task PublishAsync(string topic, string payload, int qos, ushort packetId) =>
        SendAsync((byte)(0x30 | qos << 1), [.. Text(topic), (byte)(packetId >> 8), (byte)packetId, .. Encoding.UTF8.GetBytes(payload)]);

    /// <summary>Sends bytes that need not be a packet.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _stream!.WriteAsync(bytes);

    /// <summary>The next packet's first byte and body; an end of the stream is an <see cref="IOException"/>.</summary>
    public async Task<(byte First, byte[] Body)> ReadAsync()
    {
        using var tooLate = new CancellationTokenSource(AnswerMax);
        await _stream!.ReadExactlyAsync(_head.AsMemory(0, 2), tooLate.Token);
        int length = _head[1] & 0x7F;
        for (var shift = 7; (_head[1] & 0x80) != 0; shift += 7)
        {
            await _stream.ReadExactlyAsync(_head.AsMemory(1, 1), tooLate.Token);
            length |= (_head[1] & 0x7F) << shift;
        }
        var body = new byte[length];
        await _stream.ReadExactlyAsync(body, tooLate.Token);
        return (_head[0], body);
    }

    /// <summary>The packet id of the next PUBACK (0x40) or PUBREC (0x50).</summary>
    public async Task<ushort> ReadAckAsync()
    {
        while (true)
        {
            var (first, body) = await ReadAsync();
            if (first is 0x40 or 0x50) return BinaryPrimitives.ReadUInt16BigEndian(body);
        }
    }

    /// <summary>Completes when the server has closed the connection.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            while (true) await ReadAsync();
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // That is what was awaited; a time-out is not caught here.
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SendAsync(byte first, byte[] body)
    {
        var packet = new List<byte>(body.Length + 5) { first };
        for (var rest = body.Length; ;)
        {
            var digit = (byte)(rest & 0x7F);
            rest >>= 7;
            packet.Add(rest > 0 ? (byte)(digit | 0x80) : digit);
            if (rest == 0) break;
        }
        packet.AddRange(body);
        await SendRawAsync(packet.ToArray());
    }

    private static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }
}
