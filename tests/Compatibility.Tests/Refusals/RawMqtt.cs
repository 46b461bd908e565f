using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>An MQTT 3.1.1 client of bytes, so that a test may send what no client library would.</summary>
internal sealed class RawMqtt : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _giveUp = new(BailiwickProcess.Patience);

    private RawMqtt(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _stream = new NetworkStream(_socket, ownsSocket: true);
    }

    public static RawMqtt Open(int port) => new(port);

    /// <summary>Sends CONNECT; answers CONNACK's code, or null when the server closes instead.</summary>
    public async Task<int?> ConnectAsync(string clientId, string user, string password)
    {
        await SendAsync(Connect(clientId, user, password));
        return await ReadAsync() is { Type: 2 } answer ? answer.Body[1] : null;
    }

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes, _giveUp.Token).AsTask();

    /// <summary>The next packet; null when the server has closed the connection.</summary>
    public async Task<MqttPacket?> ReadAsync()
    {
        try
        {
            var first = await ByteAsync();
            if (first < 0) return null;
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = await ByteAsync();
                if (next < 0) return null;
                length |= (next & 0x7F) << shift;
                if ((next & 0x80) == 0) break;
            }
            var body = new byte[length];
            await _stream.ReadExactlyAsync(body, _giveUp.Token);
            return new MqttPacket(first >> 4, first & 0x0F, body);
        }
        catch (IOException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Awaited a packet, or the end of the connection, for {BailiwickProcess.Patience}.");
        }
    }

    public static byte[] Connect(string clientId, string user, string password)
    {
        var flags = 0x02 | (user.Length > 0 ? 0xC0 : 0);
        List<byte> body = [.. Text("MQTT"), 4, (byte)flags, 0, 0, .. Text(clientId)];
        if (user.Length > 0) body.AddRange([.. Text(user), .. Text(password)]);
        return Packet(0x10, [.. body]);
    }

    public static byte[] Subscribe(ushort id, params IEnumerable<string> filters) =>
        Packet(0x82, [.. Number(id), .. filters.SelectMany(filter => (byte[])[.. Text(filter), 0])]);

    /// <summary>A message at QoS 1.</summary>
    /// <param name="packetBytes">The payload is filled up until the whole packet has so many bytes; 0 leaves it.</param>
    public static byte[] Publish(ushort id, string topic, string payload, int packetBytes = 0)
    {
        byte[] head = [.. Text(topic), .. Number(id)];
        var bytes = Encoding.UTF8.GetBytes(payload);
        // A fixed header of a packet of this size takes four bytes, or three below 16 KiB.
        if (packetBytes > 0) bytes = [.. bytes, .. Enumerable.Repeat((byte)'x', packetBytes - head.Length - bytes.Length - (packetBytes > 16_386 ? 4 : 3))];
        return Packet(0x32, [.. head, .. bytes]);
    }

    public static byte[] Ping => [0xC0, 0];

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _giveUp.Dispose();
    }

    private async Task<int> ByteAsync()
    {
        var one = new byte[1];
        return await _stream.ReadAsync(one, _giveUp.Token) == 0 ? -1 : one[0];
    }

    private static byte[] Packet(byte first, byte[] body)
    {
        List<byte> packet = [first];
        var rest = body.Length;
        do
        {
            packet.Add((byte)(rest % 128 | (rest >= 128 ? 0x80 : 0)));
            rest /= 128;
        }
        while (rest > 0);
        packet.AddRange(body);
        return [.. packet];
    }

    private static byte[] Text(string text) => [.. Number((ushort)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Number(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>A packet of the server.</summary>
internal sealed record MqttPacket(int Type, int Flags, byte[] Body)
{
    /// <summary>Of a message at QoS 0: its payload.</summary>
    public string Payload => Encoding.UTF8.GetString(Body.AsSpan(2 + BinaryPrimitives.ReadUInt16BigEndian(Body)));
}
