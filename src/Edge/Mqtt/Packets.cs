namespace Bailiwick.Edge.Mqtt;

/// <summary>The control packets of MQTT 3.1 and 3.1.1, numbered as on the wire.</summary>
internal enum PacketType : byte
{
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
}

/// <summary>The protocol levels that are spoken here, numbered as in CONNECT.</summary>
internal enum ProtocolLevel : byte
{
    /// <summary>MQTT 3.1, protocol name <c>MQIsdp</c>.</summary>
    V310 = 3,
    /// <summary>MQTT 3.1.1, protocol name <c>MQTT</c>.</summary>
    V311 = 4,
}

/// <summary>How sure a delivery is, numbered as on the wire.</summary>
internal enum Qos : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}

/// <summary>The answers to CONNECT, numbered as on the wire.</summary>
internal enum ConnectAnswer : byte
{
    Accepted = 0,
    UnacceptableProtocolLevel = 1,
    ClientIdRejected = 2,
    ServerUnavailable = 3,
    BadUserOrPassword = 4,
    NotAuthorized = 5,
}

/// <summary>
/// What is wrong with bytes that claim to be a packet. Each ends the connection: after a broken packet nobody knows where
/// the next begins. Only <see cref="UnsupportedProtocolLevel"/> has an answer first, CONNACK 1.
/// </summary>
internal enum PacketError : byte
{
    None = 0,
    ReservedType,
    NotFromAClient,
    ReservedFlags,
    MalformedLength,
    TooLarge,
    Truncated,
    TrailingBytes,
    UnknownProtocolName,
    UnsupportedProtocolLevel,
    ReservedConnectFlags,
    WillFlagsWithoutWill,
    PasswordWithoutUser,
    InvalidQos,
    InvalidText,
    EmptyTopic,
    WildcardInTopic,
    PacketIdZero,
    NoFilters,
}

/// <summary>The sentences for the log; a client is told nothing but the closed connection.</summary>
internal static class PacketErrors
{
    public static string Sentence(this PacketError error) => error switch
    {
        PacketError.None => "nothing is wrong",
        PacketError.ReservedType => "the packet type is reserved",
        PacketError.NotFromAClient => "only a server sends this packet type",
        PacketError.ReservedFlags => "reserved flag bits are not as the protocol fixes them",
        PacketError.MalformedLength => "the remaining length takes more than four bytes",
        PacketError.TooLarge => "the packet is larger than is accepted",
        PacketError.Truncated => "a field reaches past the end of its packet",
        PacketError.TrailingBytes => "bytes follow the last field of the packet",
        PacketError.UnknownProtocolName => "the protocol is neither MQTT nor MQIsdp",
        PacketError.UnsupportedProtocolLevel => "the protocol level is neither 3 (MQIsdp) nor 4 (MQTT)",
        PacketError.ReservedConnectFlags => "the reserved connect flag is set",
        PacketError.WillFlagsWithoutWill => "will QoS or will retain is set without a will",
        PacketError.PasswordWithoutUser => "a password came without a user name",
        PacketError.InvalidQos => "the QoS is not 0, 1 or 2",
        PacketError.InvalidText => "a text is not UTF-8, or holds U+0000",
        PacketError.EmptyTopic => "a topic or filter is empty",
        PacketError.WildcardInTopic => "a message's topic holds a wildcard",
        PacketError.PacketIdZero => "the packet id is zero",
        PacketError.NoFilters => "the packet names no topic filter",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}

/// <summary>
/// One whole control packet. <see cref="Body"/> is everything after the fixed header; it points into the socket's buffer
/// and is gone when that is released or the next packet is read.
/// </summary>
internal readonly ref struct Packet(PacketType type, byte flags, ReadOnlySpan<byte> body)
{
    public PacketType Type { get; } = type;

    /// <summary>The lower four bits of the first byte.</summary>
    public byte Flags { get; } = flags;

    public ReadOnlySpan<byte> Body { get; } = body;
}
