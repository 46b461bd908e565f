using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Benchmarks;

/// <summary>The web server that ours stands on, with nothing on it: it reads a body and answers 201. What it does a second is what can be had.</summary>
internal static class BareKestrel
{
    /// <summary>The hidden argument that makes this program that server.</summary>
    public const string Argument = "bare-kestrel";

    public const string ReadyPrefix = "Bare Kestrel is ready: ";

    public static async Task ServeAsync(CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(async http =>
        {
            while (true)
            {
                var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
                http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            http.Response.StatusCode = StatusCodes.Status201Created;
            http.Response.Headers.Location = "http://localhost/measurement/measurements/1";
            http.Response.ContentLength = 0;
        });
        await app.StartAsync(stop);
        Console.WriteLine(ReadyPrefix + new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port);
        await ((IHost)app).WaitForShutdownAsync(stop);
    }
}
