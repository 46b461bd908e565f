using System.Buffers.Binary;
using Orleans.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>A grain document's stored value: version, ETag, the state as the grain storage serializer wrote it.</summary>
internal static class GrainRow
{
    private const byte Version = 1;
    private const int HeaderBytes = 9;

    public static byte[] Write<T>(IGrainStorageSerializer serializer, long etag, T state)
    {
        var body = serializer.Serialize(state).ToMemory().Span;
        var row = new byte[HeaderBytes + body.Length];
        row[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(row.AsSpan(1), etag);
        body.CopyTo(row.AsSpan(HeaderBytes));
        return row;
    }

    public static long ETag(byte[] row) => Checked(row) ? BinaryPrimitives.ReadInt64BigEndian(row.AsSpan(1)) : throw RecordReader.Damaged();

    public static T Read<T>(IGrainStorageSerializer serializer, byte[] row) =>
        Checked(row) ? serializer.Deserialize<T>(new BinaryData(row.AsMemory(HeaderBytes)))! : throw RecordReader.Damaged();

    private static bool Checked(byte[] row) => row.Length >= HeaderBytes && row[0] == Version;
}
