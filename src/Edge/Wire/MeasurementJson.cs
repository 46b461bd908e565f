namespace Bailiwick.Edge.Wire;
internal static class MeasurementJson
{
    internal static bool IsProperty(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("type"u8) || name.SequenceEqual("time"u8) || name.SequenceEqual("source"u8)
        || name.SequenceEqual("id"u8) || name.SequenceEqual("self"u8) || name.SequenceEqual("externalSource"u8);
}
