using System.Buffers;
using System.IO.Pipelines;
using Bailiwick.Grains.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bailiwick.Edge.Http;

/// <summary>
/// The body of a request, read to its end. It stays in the connection's own buffer when it came in one piece, which is the rule; so what
/// is read out of it does not outlive it. Dispose of it.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private readonly PipeReader _reader;
    private readonly SequencePosition _end;
    private readonly byte[]? _rented;
    private bool _isDisposed;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes)
    {
        (_reader, _end) = (reader, bytes.End);
        if (bytes.IsSingleSegment)
        {
            Bytes = bytes.First;
            return;
        }
        var length = (int)bytes.Length;
        _rented = ArrayPool<byte>.Shared.Rent(length);
        bytes.CopyTo(_rented);
        Bytes = _rented.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads at most as many bytes as the server's setting allows; a larger body is refused without being kept. The server ends the reading when the client goes.</summary>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, string subject)
    {
        var bytesMax = TakeOverLimit(request);
        if (request.ContentLength > bytesMax) throw TooLarge(subject, bytesMax);
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length > bytesMax)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(subject, bytesMax);
            }
            if (read.IsCompleted) return new RequestBody(reader, read.Buffer);
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _reader.AdvanceTo(_end);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
    }

    /// <summary>
    /// The bound is kept here. The server's own would break the connection off while the rest of a refused body is still being sent, and its
    /// sender would see that instead of the refusal.
    /// </summary>
    private static long TakeOverLimit(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { MaxRequestBodySize: { } bytesMax } limit) return Limits.RequestBodyBytesMax;
        if (!limit.IsReadOnly) limit.MaxRequestBodySize = null;
        return bytesMax;
    }

    private static Refusal TooLarge(string subject, long bytesMax) =>
        new(RefusalKind.TooLarge, subject, $"The body of a request holds at most {bytesMax} bytes.");
}
