using System.Buffers;
using System.Net;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// Takes a new connection from Kestrel: reads CONNECT, signs the client in, answers, and runs the session. A client that does not send
/// CONNECT in time, or sends anything else, is closed without a word.
/// </summary>
internal sealed class MqttConnectionHandler(MqttServices services, SignIn signIn) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        try
        {
            if (await ReadConnectAsync(connection) is not { } connect) return;
            var (answer, session) = await AdmitAsync(connection, connect);
            EdgeMetrics.Connects.Add(1, new KeyValuePair<string, object?>("answer", answer));
            try
            {
                PacketWriter.ConnAck(connection.Transport.Output, answer);
                await connection.Transport.Output.FlushAsync();
                if (session is not null) await session.RunAsync();
            }
            finally
            {
                if (session is not null) Dismiss(session);
            }
        }
        catch (Exception failure) when (failure is ConnectionAbortedException or ConnectionResetException or OperationCanceledException or IOException)
        {
            // Gone before there was a session.
        }
    }

    /// <summary>What CONNECT says, copied out of the socket's buffer; null when the connection is to be closed.</summary>
    private async Task<Connect?> ReadConnectAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(Limits.MqttConnectSecondsMax), services.Time);
        while (true)
        {
            var read = await input.ReadAsync(tooLate.Token);
            var (state, connect) = Take(read.Buffer, out var consumed);
            // What follows CONNECT is the session's: it must find it unexamined.
            input.AdvanceTo(consumed, state == Taken.NotYet ? read.Buffer.End : consumed);
            if (state == Taken.WrongVersion)
            {
                PacketWriter.ConnAck(connection.Transport.Output, ConnectAnswer.UnacceptableProtocolLevel);
                await connection.Transport.Output.FlushAsync();
            }
            if (state != Taken.NotYet) return connect;
            if (read.IsCompleted) return null;
        }
    }

    private enum Taken
    {
        NotYet,
        Connect,
        WrongVersion,
        Broken,
    }

    private static (Taken, Connect?) Take(ReadOnlySequence<byte> input, out SequencePosition consumed)
    {
        // A client may send on before it has the answer: only the first packet is taken here.
        var reader = new PacketReader(input);
        try
        {
            if (!reader.Read(out var packet))
            {
                consumed = reader.Consumed;
                return (reader.Error == PacketError.None ? Taken.NotYet : Taken.Broken, null);
            }
            consumed = reader.Consumed;
            if (packet.Type != PacketType.Connect) return (Taken.Broken, null);
            return ConnectPacket.Read(packet, out var connect) switch
            {
                PacketError.None => (Taken.Connect, new Connect(connect)),
                PacketError.UnsupportedProtocolLevel => (Taken.WrongVersion, null),
                _ => (Taken.Broken, null),
            };
        }
        finally
        {
            reader.Dispose();
        }
    }

    private async Task<(ConnectAnswer, MqttSession?)> AdmitAsync(ConnectionContext connection, Connect connect)
    {
        if (ClientId.Parse(connect.ClientId) is not { } serial) return (ConnectAnswer.ClientIdRejected, null);
        // The interface tells an empty password from a wrong one.
        if (connect.Password is { Length: 0 }) return (ConnectAnswer.NotAuthorized, null);
        if (connect.User is null || connect.Password is null) return (ConnectAnswer.BadUserOrPassword, null);
        MqttSession? session = null;
        try
        {
            var address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "";
            var caller = await signIn.MqttAsync(connect.User, Encoding.UTF8.GetString(connect.Password), address);
            session = new MqttSession(connection, services, connect.Terms(caller, serial));
            // Entered first and then asked for: a right that goes in between is seen by one of the two. And asked for before the device's
            // identifier is taken: who may not speak as a device keeps none out.
            services.Sessions.Enter(session);
            if (!session.Terms.IsBootstrap) await session.Door.ResolveAsync();
            if (services.Sessions.TryTakeDevice(session)) return (ConnectAnswer.Accepted, session);
            Dismiss(session);
            return (ConnectAnswer.ClientIdRejected, null);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            if (session is not null) Dismiss(session);
            return (Refused(failure, serial, session?.Terms.Caller), null);
        }
    }

    private ConnectAnswer Refused(Exception failure, string serial, Caller? caller)
    {
        if (failure is not Refusal refusal)
        {
            services.Log.LogError(failure, "MQTT CONNECT of {Serial} failed unexpectedly", serial);
            return ConnectAnswer.ServerUnavailable;
        }
        if (caller is not null && refusal.Kind == RefusalKind.Unauthenticated) signIn.Forget(caller);
        services.Log.LogInformation("MQTT CONNECT of {Serial} refused: {Reason}", serial, refusal.LogText);
        return Answer(refusal.Kind);
    }

    private void Dismiss(MqttSession session)
    {
        services.Sessions.Leave(session);
        session.Discard();
    }

    private static ConnectAnswer Answer(RefusalKind kind) => kind switch
    {
        RefusalKind.Unauthenticated => ConnectAnswer.BadUserOrPassword,
        RefusalKind.Busy or RefusalKind.Unavailable => ConnectAnswer.ServerUnavailable,
        _ => ConnectAnswer.NotAuthorized,
    };

    /// <summary>CONNECT, out of the socket's buffer.</summary>
    private sealed class Connect(ConnectPacket packet)
    {
        private readonly ProtocolLevel _level = packet.Level;
        private readonly int _keepAliveSeconds = packet.KeepAliveSeconds;
        private readonly byte[]? _willTopic = packet.HasWill ? packet.WillTopic.ToArray() : null;
        private readonly byte[]? _willPayload = packet.HasWill ? packet.WillPayload.ToArray() : null;

        public string ClientId { get; } = Encoding.UTF8.GetString(packet.ClientId);
        public string? User { get; } = packet.HasUser ? Encoding.UTF8.GetString(packet.User) : null;
        public byte[]? Password { get; } = packet.HasPassword ? packet.Password.ToArray() : null;

        public SessionTerms Terms(Caller caller, string serial) => new(caller, serial, _level, _keepAliveSeconds, _willTopic, _willPayload);
    }
}

/// <summary>The client id: <c>d:identifier[:collection]</c>, or the identifier alone.</summary>
internal static class ClientId
{
    /// <summary>The device identifier, or null when the client id holds none.</summary>
    public static string? Parse(string clientId)
    {
        var parts = clientId.Split(':');
        var identifier = parts switch
        {
            [var alone] => alone,
            ["d", var named] => named,
            ["d", var named, _] => named,
            _ => "",
        };
        return identifier.Length is > 0 and <= Limits.DeviceIdCharsMax ? identifier : null;
    }
}
