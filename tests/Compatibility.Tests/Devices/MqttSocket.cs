using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>One packet as it came.</summary>
internal sealed record MqttPacket(byte Header, byte[] Body)
{
    public const byte ConnAck = 0x20, PubAck = 0x40, PubRec = 0x50, PubComp = 0x70, SubAck = 0x90, PingResp = 0xD0;

    public bool IsPublish => (Header & 0xF0) == 0x30;

    /// <summary>The packet id of an acknowledgement.</summary>
    public int Id => BinaryPrimitives.ReadUInt16BigEndian(Body);

    /// <summary>The topic of a PUBLISH.</summary>
    public string Topic => Encoding.UTF8.GetString(Body, 2, Id);

    /// <summary>The payload of a PUBLISH.</summary>
    public string Payload => Encoding.UTF8.GetString(Body.AsSpan(2 + Id + ((Header & 0x06) == 0 ? 0 : 2)));

    public override string ToString() => IsPublish ? $"PUBLISH {Topic}: {Payload}" : $"0x{Header:x2} {Convert.ToHexString(Body)}";
}

/// <summary>What a client says in CONNECT (MQTT 3.1.1, clean session).</summary>
internal sealed record MqttConnect(string ClientId, string User, string Password)
{
    public ushort KeepAliveSeconds { get; init; }

    public string? WillTopic { get; init; }

    public string WillPayload { get; init; } = "";

    public byte[] Packet()
    {
        var flags = (byte)(0xC2 | (WillTopic is null ? 0 : 0x04));
        byte[] head = [.. MqttSocket.Text("MQTT"), 4, flags, (byte)(KeepAliveSeconds >> 8), (byte)KeepAliveSeconds];
        byte[] will = WillTopic is null ? [] : [.. MqttSocket.Text(WillTopic), .. MqttSocket.Text(WillPayload)];
        return MqttSocket.Packet(0x10, [.. head, .. MqttSocket.Text(ClientId), .. will, .. MqttSocket.Text(User), .. MqttSocket.Text(Password)]);
    }
}

/// <summary>How a client reaches the server; over TLS and WebSocket it trusts this server's own authority.</summary>
public enum MqttWay
{
    Plain,
    Tls,
    WebSocket,
}

/// <summary>
/// An MQTT client down to its packets: it sends exactly what it is told and shows exactly what comes, so that a test can break rules,
/// hold a window open, and see the moment of an acknowledgement. Every wait ends after <see cref="BailiwickProcess.Patience"/>.
/// </summary>
internal sealed class MqttSocket : IDisposable
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _begin;
    private int _end;

    private MqttSocket(Stream stream) => _stream = stream;

    /// <summary>A connection on which nothing has been said.</summary>
    public static async Task<MqttSocket> OpenAsync(ServerProcess server, MqttWay way = MqttWay.Plain)
    {
        if (way == MqttWay.WebSocket) return new MqttSocket(await OpenWebSocketAsync(server));
        var overTls = way == MqttWay.Tls;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, overTls ? server.MqttsPort : server.MqttPort);
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (!overTls) return new MqttSocket(plain);
        var tls = new SslStream(plain);
        var options = server.ClientTls();
        options.TargetHost = "localhost";
        await tls.AuthenticateAsClientAsync(options);
        return new MqttSocket(tls);
    }

    /// <summary>A connection on which CONNECT was accepted.</summary>
    public static async Task<MqttSocket> ConnectAsync(ServerProcess server, MqttConnect connect, MqttWay way = MqttWay.Plain)
    {
        var mqtt = await OpenAsync(server, way);
        if (await mqtt.IntroduceAsync(connect) is var code && code == 0) return mqtt;
        mqtt.Dispose();
        throw new IOException($"CONNECT of {connect.User} as {connect.ClientId} was answered with {(code is null ? "a closed connection" : $"CONNACK {code}")}.");
    }

    /// <summary>What a server says to CONNECT: the code of its CONNACK, or null when it closed without one.</summary>
    public static async Task<int?> TryConnectAsync(ServerProcess server, MqttConnect connect)
    {
        using var mqtt = await OpenAsync(server);
        return await mqtt.IntroduceAsync(connect);
    }

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    public static byte[] Packet(byte header, byte[] body)
    {
        var length = new List<byte>();
        for (var rest = body.Length; rest > 0 || length.Count == 0; rest >>= 7) length.Add((byte)((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)));
        return [header, .. length, .. body];
    }

    public static byte[] Publish(string topic, string payload, int qos = 0, int id = 0, bool isDuplicate = false)
    {
        byte[] number = qos == 0 ? [] : [(byte)(id >> 8), (byte)id];
        return Packet((byte)(0x30 | (isDuplicate ? 8 : 0) | (qos << 1)), [.. Text(topic), .. number, .. Encoding.UTF8.GetBytes(payload)]);
    }

    public static byte[] PubRel(int id) => Packet(0x62, [(byte)(id >> 8), (byte)id]);

    public static byte[] Subscribe(int id, string filter, int qos = 0) => Packet(0x82, [(byte)(id >> 8), (byte)id, .. Text(filter), (byte)qos]);

    public static byte[] Unsubscribe(int id, string filter) => Packet(0xA2, [(byte)(id >> 8), (byte)id, .. Text(filter)]);

    public static byte[] PingReq { get; } = [0xC0, 0];

    public static byte[] Disconnect { get; } = [0xE0, 0];

    public async Task SendAsync(params byte[][] packets)
    {
        byte[] all = packets is [var one] ? one : [.. packets.SelectMany(packet => packet)];
        await _stream.WriteAsync(all);
    }

    /// <summary>Nothing more is sent, and the server sees so; what it still sends can be read. Plain TCP only.</summary>
    public void FinishSending() => ((NetworkStream)_stream).Socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next packet, or null when the server has closed the connection.</summary>
    /// <exception cref="TimeoutException">Neither came; the message says what was awaited.</exception>
    public async Task<MqttPacket?> ReadAsync(string awaited)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        try
        {
            while (true)
            {
                if (Take() is { } packet) return packet;
                if (await _stream.ReadAsync(Room(), giveUp.Token) is not (> 0 and var received)) return null;
                _end += received;
            }
        }
        catch (Exception gone) when (gone is IOException or WebSocketException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Awaited {awaited} for {BailiwickProcess.Patience}.");
        }
    }

    /// <summary>The next packet, which must be of this kind.</summary>
    public async Task<MqttPacket> ExpectAsync(byte header, string awaited)
    {
        var packet = await ReadAsync(awaited) ?? throw new InvalidOperationException($"The connection was closed instead of {awaited}.");
        Assert.True(packet.Header == header, $"Awaited {awaited}; got {packet}");
        return packet;
    }

    /// <summary>The next packet, which must be a message; acknowledgements before it are passed over.</summary>
    public async Task<MqttPacket> MessageAsync(string awaited)
    {
        while (true)
        {
            var packet = await ReadAsync(awaited) ?? throw new InvalidOperationException($"The connection was closed instead of {awaited}.");
            if (packet.IsPublish) return packet;
        }
    }

    /// <summary>Sends one message at QoS 1 and waits until it is acknowledged; what else comes before is handed out.</summary>
    public async Task<List<MqttPacket>> PublishedAsync(string topic, string payload, int id = 1)
    {
        var others = new List<MqttPacket>();
        await SendAsync(Publish(topic, payload, qos: 1, id));
        while (true)
        {
            var packet = await ReadAsync($"the PUBACK {id} of {topic}") ?? throw new InvalidOperationException($"The connection was closed instead of PUBACK {id}.");
            if (packet.Header == MqttPacket.PubAck && packet.Id == id) return others;
            others.Add(packet);
        }
    }

    public async Task SubscribedAsync(string filter)
    {
        await SendAsync(Subscribe(0x7001, filter));
        Assert.Equal(0, (await ExpectAsync(MqttPacket.SubAck, $"the SUBACK of {filter}")).Body[2]);
    }

    /// <summary>Waits until the server has closed the connection; answers what came before.</summary>
    public async Task<List<MqttPacket>> ClosedAsync(string awaited)
    {
        var before = new List<MqttPacket>();
        while (await ReadAsync(awaited) is { } packet) before.Add(packet);
        return before;
    }

    public void Dispose() => _stream.Dispose();

    private static async Task<Stream> OpenWebSocketAsync(ServerProcess server)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"wss://localhost:{server.HttpsPort}/mqtt"), new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, SslOptions = server.ClientTls() }), default);
        Assert.Equal("mqtt", socket.SubProtocol);
        return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
    }

    private async Task<int?> IntroduceAsync(MqttConnect connect)
    {
        await SendAsync(connect.Packet());
        return (await ReadAsync("CONNACK")) is { Header: MqttPacket.ConnAck } answer ? answer.Body[1] : null;
    }

    private Memory<byte> Room()
    {
        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        (_begin, _end) = (0, _end - _begin);
        return _buffer.AsMemory(_end);
    }

    private MqttPacket? Take()
    {
        var bytes = _buffer.AsSpan(_begin, _end - _begin);
        for (int at = 1, length = 0, shift = 0; at < bytes.Length && at <= 4; at++, shift += 7)
        {
            length |= (bytes[at] & 0x7F) << shift;
            if (bytes[at] >= 0x80) continue;
            if (bytes.Length < at + 1 + length) return null;
            _begin += at + 1 + length;
            return new MqttPacket(bytes[0], bytes.Slice(at + 1, length).ToArray());
        }
        return null;
    }
}
